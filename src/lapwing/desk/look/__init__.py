"""How the desk looks: the page, its tokens and pieces, languages, and times in the reader's zone."""

"""How the documentation is built: `sphinx-build -W --keep-going docs docs/_build/html`."""

from importlib.metadata import version as installed

project = "Lapwing"
author = "The Lapwing authors"
copyright = "The Lapwing authors, Apache-2.0"  # noqa: A001 - the name is Sphinx's
version = release = installed("lapwing")

extensions = ["myst_nb", "sphinx.ext.autodoc"]
exclude_patterns = ["_build", "jupyter_execute"]

# A single backtick in a docstring is code, as it is in these pages.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True

# Formulas stand as text, in the notation of the code, so that no page fetches a script from elsewhere.
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

# The tutorial runs on every build, so what it shows is what this version does.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 180
nb_merge_streams = True

html_theme = "furo"
html_title = "Lapwing"
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1f6f78", "color-brand-content": "#1f6f78"},
    "dark_css_variables": {"color-brand-primary": "#6cc3cc", "color-brand-content": "#6cc3cc"},
}
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_copy_source = False
html_show_sphinx = False

"""What people see of a run: the report file, the terminal and the notebook.

* :func:`lapwing.report.page.write_report` writes `report.html`;
* :func:`lapwing.report.terminal.explain` shows a moment, or the list of moments, in the terminal;
* :func:`lapwing.report.fragment.moment_html` and :func:`~lapwing.report.fragment.moments_html` are what a
  notebook shows.

All of them draw on the same plain geometry (`timeline`, `network`, `bits_curve`), the same sentences
(`sentence`, `objection`, `words`) and the same components (`components/`).
"""

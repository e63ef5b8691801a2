"""Cases: facts and assessments apart, tasks, conditions, search and replay."""

"""The web application of a team: where moments become decisions, under a mandate and before an overseer."""

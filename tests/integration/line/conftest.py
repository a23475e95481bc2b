"""The small project is a project, not tests of ours."""

collect_ignore = ["project"]

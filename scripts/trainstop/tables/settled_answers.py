"""Which logged answers can be used: numbers that are finite, and labels that the task knows."""

from trainstop.tables.engine import Source, described, execute, identifier, literal
from trainstop.tables.logged_answers import Answers
from trainstop.tables.logged_columns import PREDICTION, SCORE, USABLE, VERSION
from trainstop.tables.row_keys import spelled

ROUNDING = 1e-6
"""So far beyond 0 and 1 may a probability lie by rounding alone."""
SCORED = 0.5
"""Share of a version's answers that have a score, from which those without one cannot be compared with the others."""
LARGEST_LABEL = 1e15


def settle(rows: Source, answers: Answers) -> Source:
    """Return rows with `SCORE` and `PREDICTION` as they can be used, else NULL, and with `USABLE`."""
    score, label = identifier(SCORE), identifier(PREDICTION)
    if not answers.classifies:
        finite = f"CASE WHEN isfinite({score}) THEN {score} END"
        return _replaced(rows, "settled", finite, "NULL::VARCHAR", f"coalesce(isfinite({score}), false)")
    if answers.task == "multiclass":
        known = _known(label, answers)
        finite = f"CASE WHEN isfinite({score}) THEN {score} END"
        return _replaced(rows, "settled", finite, known, f"coalesce({known} IS NOT NULL, false)")
    told = _bare_labels_told(rows, answers)
    usable = f"{score} IS NOT NULL OR {label} IS NOT NULL"
    scored = _versions(told, usable, f"count({score}) >= {SCORED} * count(*)")
    return _replaced(
        told,
        "settled",
        f"CASE WHEN {scored} THEN {score} END",
        label,
        f"CASE WHEN {scored} THEN {score} IS NOT NULL ELSE {label} IS NOT NULL END",
    )


def _bare_labels_told(rows: Source, answers: Answers) -> Source:
    """Tell labels from scores among the bare numbers of a binary classifier.

    A number alone, 1.0 say, may be either. A version all of whose bare numbers are whole, and some of them classes,
    answers with labels.
    """
    score, label = identifier(SCORE), identifier(PREDICTION)
    bare = f"isfinite({score}) AND abs({score}) < {LARGEST_LABEL} AND {label} IS NULL"
    written = f"TRY_CAST({score} AS BIGINT)::VARCHAR"
    some = f"bool_or({_known(written, answers)} IS NOT NULL)"
    labels = _versions(rows, bare, f"bool_and({score} = trunc({score})) AND {some}")
    is_label = f"{bare} AND {labels}"
    near = (
        f"CASE WHEN {is_label} OR NOT coalesce(isfinite({score}), false) THEN NULL "
        f"WHEN {score} BETWEEN {-ROUNDING} AND 0 THEN 0 WHEN {score} BETWEEN 1 AND {1 + ROUNDING} THEN 1 "
        f"ELSE {score} END"
    )
    text = f"CASE WHEN {is_label} THEN {written} ELSE {label} END"
    return _replaced(rows, "told", near, _known(text, answers), "NULL")


def _known(text: str, answers: Answers) -> str:
    """Return the SQL of a label as it is spelled; NULL when it is none that is known."""
    if not answers.labels:
        return spelled(text)
    known = ", ".join(literal(name) for name in answers.labels)
    return f"CASE WHEN {spelled(text)} IN ({known}) THEN {spelled(text)} END"


def _versions(rows: Source, condition: str, having: str) -> str:
    """Return the SQL condition that a row is of a version whose rows (for which a condition holds) are so."""
    version = f"coalesce({identifier(VERSION)}, -2)"
    found = rows.run(
        f"SELECT {version} FROM {rows.name} WHERE {condition} GROUP BY 1 HAVING {having}"  # quoted  # noqa: S608  # nosec B608
    )
    return f"{version} IN ({', '.join(str(number) for (number,) in found)})" if found else "false"


def _replaced(rows: Source, name: str, score: str, label: str, usable: str) -> Source:
    """Make a view with other answers."""
    drop = ", ".join(identifier(each) for each in (SCORE, PREDICTION, USABLE) if each in rows.types)
    execute(
        rows.connection,
        f"CREATE OR REPLACE TEMP VIEW {identifier(name)} AS SELECT * EXCLUDE ({drop}), "  # quoted  # noqa: S608  # nosec B608
        f"({score})::DOUBLE AS {identifier(SCORE)}, ({label})::VARCHAR AS {identifier(PREDICTION)}, "
        f"({usable})::BOOLEAN AS {identifier(USABLE)} FROM {rows.name}",
        where="the inference log",
    )
    return described(rows.connection, name)

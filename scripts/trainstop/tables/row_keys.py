"""What names a row, and how a label is spelled, as SQL: files disagree about types, and one row changes a column's."""

from trainstop.tables.engine import identifier

WHOLE_TEXT = r"^(-?(?:0|[1-9][0-9]*))\.0$"
"""A whole number as a column of floats is written; with a leading zero it is no number but a name."""
LONGEST_EXAMPLE = 40
FLOATS = ("DOUBLE", "FLOAT")
LARGEST_WHOLE = 2**63


def key(column: str, kind: str, *, table: str = "") -> str:
    """Return the SQL of a row's id as text; NULL for one that is missing, NaN or empty.

    Whole floats are whole numbers: a column of ids becomes one of floats by a single gap. Text stays as it is written,
    so that ids of many digits and those that begin with zeros stay apart.
    """
    return f"nullif(trim({plain(column, kind, table=table)}), '')"


def plain(column: str, kind: str, *, table: str = "") -> str:
    """Return the SQL of a value as text, whole floats as whole numbers; NULL for one that is missing or NaN."""
    value = f"{table}.{identifier(column)}" if table else identifier(column)
    if kind in FLOATS:
        whole = f"abs({value}) < {LARGEST_WHOLE} AND {value} = trunc({value})"
        number = f"TRY_CAST({value} AS HUGEINT)::VARCHAR"  # tried, for the engine may cast before it compares
        return f"CASE WHEN isnan({value}) THEN NULL WHEN {whole} THEN {number} ELSE {value}::VARCHAR END"
    if kind == "VARCHAR" or kind.startswith("DECIMAL"):
        return rf"regexp_replace({value}::VARCHAR, '{WHOLE_TEXT}', '\1')"
    return f"{value}::VARCHAR"


def example(value: object) -> str:
    """Return a value of somebody's data as it is shown in a sentence."""
    text = str(value)
    return repr(text if len(text) <= LONGEST_EXAMPLE else f"{text[:LONGEST_EXAMPLE]}...")


def spelled(text: str) -> str:
    """Return the SQL of a label's text as `labels.spelling` writes it."""
    return (
        f"CASE lower({text}) WHEN 'true' THEN '1' WHEN 'false' THEN '0' "
        rf"ELSE regexp_replace({text}, '^(-?[0-9]+)\.0+$', '\1') END"
    )

"""Texts that would do something if they were taken for more than text."""

TEXTS = (
    "", " ", "x" * 255, "x" * 65_536, "\n", "\r", "\t", "a\x00b", "\x1b[31mred",
    "$(id)", "`id`", '"; id; #', "${{ github.token }}", "::set-output name=x::y", "::add-mask::x", "%0A::error::x",
    "x\n::error::injected", "x\r\n::stop-commands::t", "x\n##[error]injected", "a ##[add-path]/tmp", "\u2028::error::x",
    "EOF", "ghadelimiter_0", "--help", "-rf", "../../x", "/etc/passwd", "C:\\x", "file://x",
    "http://169.254.169.254/", "models:/x@y", "runs:/", "' OR 1=1 --", "%",
    "|", "```", "<img src=x onerror=alert(1)>", "</details>", "<!-- trainstop:report:m -->", "-->",
    "@everyone", "fixes #1", "closes acme/repo#12", "GH-7", "[x](javascript:1)", "www.example.com", "https://example.com",
    "👩\u200d🔬", "e\u0301", "\u00e9", "\udcff\udc80", "\u202ereversed", "zero\u200bwidth", "\ud800", "\ufeffbom",
    "nan", "inf", "-0.0", "1e309", "1,5", "true", "null", "9" * 400, "[" * 500, "{x = 1}",
)  # fmt: skip
"""As they are listed for every stage; what is no UTF-8 arrives as surrogates."""
LONGEST = "x" * 1_000_000

import base64
import json
from urllib.parse import quote

import pytest

from trainstop.adapters.environ import cleaned, looks_secret, secret_values
from trainstop.adapters.masking import Masker

SECRET = "s3cr3t/va lue+"


@pytest.mark.parametrize(
    "name",
    [
        "GITHUB_TOKEN", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "OPENAI_APIKEY", "db_password",
        "MYSQL_PWD", "AZURE_STORAGE_CONNECTION_STRING", "SSH_AUTH_SOCK", "SLACK_WEBHOOK", "SENTRY_DSN", "TOKEN2",
        "GOOGLE_APPLICATION_CREDENTIALS", "PGPASSWORD",
    ],
)  # fmt: skip
def test_a_variable_with_a_secret_name_is_withheld(name):
    assert name not in cleaned({name: "value-of-it"})


@pytest.mark.parametrize(
    "name",
    ["PATH", "HOME", "PWD", "OLDPWD", "TOKENIZERS_PARALLELISM", "KEYBOARD_LAYOUT", "LANG", "SSL_CERT_FILE", "CI"],
)
def test_an_ordinary_variable_is_handed_on(name):
    assert cleaned({name: "/some/value"}) == {name: "/some/value"}


@pytest.mark.parametrize(
    "name",
    [
        "GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY", "GITHUB_STATE", "ACTIONS_CACHE_URL",
        "ACTIONS_ID_TOKEN_REQUEST_URL", "INPUT_ANYTHING", "MLFLOW_TRACKING_URI", "TRAINSTOP__MODEL__NAME",
        "VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME",
    ],
)  # fmt: skip
def test_what_belongs_to_the_runner_or_to_us_is_withheld(name):
    assert cleaned({name: "x", "GITHUB_SHA": "abc"}) == {"GITHUB_SHA": "abc"}


def test_a_password_inside_an_address_is_withheld_but_a_proxy_is_needed():
    environ = {"DATABASE_URL": "postgres://u:hunter22@host/db", "HTTPS_PROXY": "http://u:hunter22@proxy:8080"}
    assert set(cleaned(environ)) == {"HTTPS_PROXY"}
    assert secret_values(environ) == {"hunter22"}


def test_an_index_keeps_its_address_and_loses_its_password_so_that_no_other_is_asked_instead():
    environ = {"UV_DEFAULT_INDEX": "https://u:hunter22@host/simple", "UV_INDEX": "a=https://t0ken1@x/s b=https://y/s"}
    assert cleaned(environ) == {"UV_DEFAULT_INDEX": "https://host/simple", "UV_INDEX": "a=https://x/s b=https://y/s"}
    assert cleaned(environ, ["UV_*"]) == environ
    assert secret_values(environ) == {"hunter22", "t0ken1"}


def test_a_secret_under_another_name_is_withheld_too():
    token = "ghp_0123456789abcdef"
    environ = {"MY_TOKEN": token, "COPY": token, "HEADER": f"Bearer {token}", "OTHER": "fine"}
    assert set(cleaned(environ)) == {"OTHER"}


def test_a_short_secret_that_is_part_of_an_ordinary_value_withholds_nothing():
    assert "PATH" in cleaned({"SORT_KEY": "python", "PATH": "/opt/python/bin"})


def test_what_is_passed_by_name_or_pattern_reaches_the_child():
    environ = {"HF_TOKEN": "hf_abcdefgh", "UV_INDEX_CORP_PASSWORD": "hunter22", "OTHER_TOKEN": "x" * 9}
    assert set(cleaned(environ, ["HF_TOKEN", "UV_*"])) == {"HF_TOKEN", "UV_INDEX_CORP_PASSWORD"}


def test_what_is_passed_by_name_is_masked_whatever_it_is_called():
    environ = {"CUSTOMER": "acme-corp", "UV_LINK_MODE": "hardlink", "UV_INDEX_X_PASSWORD": "hunter22"}
    assert secret_values(environ, ["CUSTOMER", "UV_*"]) == {"acme-corp", "hunter22"}


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        json.dumps(SECRET),
        base64.b64encode(SECRET.encode()).decode(),
        base64.b64encode(f"user:{SECRET}".encode()).decode(),
        base64.b64encode(f"u:{SECRET}:x".encode()).decode(),
        base64.urlsafe_b64encode(f"us:{SECRET}".encode()).decode(),
    ],
)
def test_a_secret_is_masked_however_it_is_written(written):
    masked = Masker([SECRET]).mask(f"before {written} after")
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    assert "***" in masked
    for form in (SECRET, quote(SECRET, safe=""), base64.b64encode(SECRET.encode()).decode()[:-4]):
        assert form not in masked


def test_secrets_that_overlap_leave_nothing_behind():
    assert Masker(["abcdefgh", "fghijklm"]).mask("xabcdefghijklmx") == "x***x"


def test_each_line_of_a_secret_of_many_lines_is_masked():
    assert Masker(["first-line\nsecond-line"]).mask("at second-line now") == "at *** now"


def test_a_short_value_is_left():
    assert Masker(["true", "12345"]).mask("true 12345") == "true 12345"


def test_a_cut_through_a_secret_shows_no_part_of_it():
    masker = Masker(["hunter2hunter2"])
    text = "..hunter2hunter2.."
    assert masker.mask(text, 5) == "***.."
    assert masker.mask(text, 0, 5) == "..***"


def test_a_name_says_more_than_a_value():
    assert looks_secret("API_KEY", "x")
    assert not looks_secret("NAME", "https://host/path@v1")

"""What a refusal of the collector means for whoever enrols a machine, in English and Vietnamese."""

from agent.enrolment.first_contact import RefusedError

_WORDS = {
    "bad_token": (
        "the collector does not know this token; was it copied whole?",
        "trung tâm không nhận ra mã ghi danh này: chép lại cho đủ, hoặc xin mã mới",
    ),
    "token_expired": (
        "this token has expired; ask the centre for another one",
        "mã ghi danh đã hết hạn: xin trung tâm mã mới",
    ),
    "token_used_up": (
        "this token has been used as often as it may; ask the centre for another one",
        "mã ghi danh đã dùng hết số lần: xin trung tâm mã mới",
    ),
    "unknown_site_code": (
        "the collector knows no site with this code (--code)",
        "không có điểm nào mang mã này: kiểm tra lại mã điểm (--code)",
    ),
    "key_conflict": (
        "this machine's key is another machine's or was revoked; enrol again with --new-key",
        "khoá của máy này là của máy khác hoặc đã bị thu hồi: ghi danh lại, thêm --new-key",
    ),
    "revoked": (
        "this machine's key was revoked; enrol again with --new-key",
        "khoá của máy này đã bị thu hồi: ghi danh lại, thêm --new-key",
    ),
    "wrong_collector": (
        "another collector is in charge of this token; ask the centre for another one",
        "trung tâm khác phụ trách mã ghi danh này: xin mã mới",
    ),
}


def refusal(exc: RefusedError) -> tuple[str, str]:
    """Return what was refused and what to do about it, in English and in Vietnamese."""
    usual = (f"the collector refuses: {exc.reason}", f"trung tâm từ chối: {exc.reason}")
    return _WORDS.get(exc.reason, usual)

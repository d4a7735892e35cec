"""The pages of conferences and of rooms on a real collector: what they show, whom they answer."""

import json
import re
from io import BytesIO
from urllib.parse import urlencode

import openpyxl
import pytest

from tests.unit.conferences.rig import NOW, POINT, SAME, Rig

EVIL = '=HYPERLINK("http://x.example")<script>alert(1)</script>'


def test_a_conference_is_entered_on_the_page_and_its_points_are_shown(rig: Rig):
    status, headers, _ = rig.post(
        "/conferences",
        action="add",
        title="Giao ban",
        start="21/09/2026 22:00",
        minutes="60",
        all_points="1",
    )
    assert (status, headers["Location"]) == (303, "/conferences/giao-ban-2026-09-21?done=add")

    _, page = rig.get("/conferences/giao-ban-2026-09-21?done=add")
    assert "Đã ghi cuộc họp." in page
    assert "Chưa kiểm tra" in page
    assert "Còn 46 phút" in page
    assert "giao-ban-2026-09-21" in rig.get("/conferences")[1]


def test_no_conference_says_what_to_do_and_the_list_keeps_itself_current(rig: Rig):
    _, page = rig.get("/conferences")

    assert "Chưa có cuộc họp nào sắp tới. Thêm ở mục «Thêm cuộc họp»" in page
    assert '<table class="sites planned" data-live="coming">' in page
    assert "/static/refresh.js" in page


def test_an_mcu_is_chosen_by_its_place_and_shown_by_it(rig: Rig):
    name = re.search(r'<option value="xa-a/mcu">([^<]*)</option>', rig.get("/conferences")[1])
    assert name is not None
    assert name[1].startswith("MCU mcu (")

    made = rig.add(platform="xa-a/mcu")
    assert name[1] in rig.get(f"/conferences/{made}")[1]


def test_what_is_wrong_with_a_form_is_said_all_at_once_and_kept(rig: Rig):
    status, _, page = rig.post(
        "/conferences", action="add", title="Họp <b>", start="mai", minutes="x"
    )

    assert status == 422
    assert "Họp &lt;b&gt;" in page
    assert "cần giờ dạng" in page
    assert "cần từ 1 đến 10080 phút" in page


def test_nobody_without_a_session_sees_a_conference(rig: Rig):
    name = rig.add()

    for path in ("/conferences", f"/conferences/{name}", f"/conferences/{name}/record.xlsx"):
        status, page = rig.get(path, is_signed_in=False)
        assert status == 401
        assert "Giao ban" not in page


def test_a_form_of_another_site_does_nothing(rig: Rig):
    name = rig.add()
    for path in ("/conferences", f"/conferences/{name}", rig.link(name)):
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://x.example"}, {}):
            assert rig.post(path, headers=headers, action="cancel", all="good")[0] == 403
    assert "Huỷ cuộc họp" in rig.get(f"/conferences/{name}")[1]


def test_a_conference_that_is_unknown_is_said_so(rig: Rig):
    assert rig.get("/conferences/khong-co")[0] == 404
    assert rig.post("/conferences/khong-co", action="cancel")[0] == 404
    assert rig.get("/conferences/khong-co/record.xlsx")[0] == 404


def test_a_room_answers_by_its_link_without_an_account(rig: Rig):
    name = rig.add()
    path = rig.link(name)
    status, page = rig.get(path, is_signed_in=False)
    assert status == 200
    assert "Camera thấy phòng họp" in page
    assert 'href="/conferences"' not in page

    form = {"tv": "good", "camera": "bad", "microphone": "good", "telephone": "+84 263 <b>1"}
    answered = rig.centre.request("POST", path, SAME, urlencode(form).encode())
    assert (answered[0], answered[1]["Location"]) == (303, f"{path}?done=1")
    _, board = rig.get(f"/conferences/{name}?point={POINT}")
    assert "Phòng họp báo hỏng: camera." in board
    assert "điện thoại phòng họp +84 263 1" in board


def test_a_room_is_told_when_it_answers_too_early(rig: Rig):
    early, later = rig.link(rig.add("Một", starts_at=NOW + 3 * 86_400)), rig.link(rig.add("Hai"))

    assert "Còn sớm" in rig.get(early)[1]
    assert "Còn sớm" not in rig.get(later)[1]


def test_one_button_says_that_everything_works(rig: Rig):
    name = rig.add()
    rig.centre.request("POST", rig.link(name), SAME, b"all=good")

    _, board = rig.get(f"/conferences/{name}?point={POINT}")
    assert "Phòng họp đã xác nhận đủ." in board


def test_a_link_is_for_one_point_of_one_conference(rig: Rig):
    first, second = rig.add("Một"), rig.add("Hai")
    rig.centre.request("POST", rig.link(first), SAME, b"all=good")

    assert "Phòng họp chưa xác nhận TV" in rig.get(f"/conferences/{second}?point={POINT}")[1]


def test_links_end_with_the_conference_and_when_it_is_called_off(rig: Rig):
    name = rig.add()
    path = rig.link(name)
    rig.post(f"/conferences/{name}", action="cancel")
    assert rig.get(path, is_signed_in=False)[0] == 404

    other = rig.link(rig.add("Khác"))
    rig.clock.now += 3 * 3_600 + 1
    assert rig.get(other, is_signed_in=False)[0] == 404
    assert rig.centre.request("POST", other, SAME, b"all=good")[0] == 404


def test_who_guesses_links_is_slowed_down(rig: Rig):
    statuses = [rig.get(f"/room/{number}", is_signed_in=False)[0] for number in range(70)]

    assert statuses[0] == 404
    assert statuses[-1] == 429
    # Behind a proxy of this machine the rooms have the same address.
    assert rig.get(rig.link(rig.add()), is_signed_in=False)[0] == 200


def test_a_room_that_answers_without_end_is_slowed_down(rig: Rig):
    path = rig.link(rig.add())
    statuses = [rig.centre.request("POST", path, SAME, b"all=good")[0] for _ in range(22)]

    assert (statuses[0], statuses[-1]) == (303, 429)


def test_where_no_machine_looks_a_check_says_so(rig: Rig):
    name = rig.add()
    status, headers, _ = rig.post(f"/conferences/{name}", check="all")

    assert (status, headers["Location"]) == (303, f"/conferences/{name}?done=no_check")


def test_payloads_in_titles_and_tools_do_nothing_in_page_and_workbook(rig: Rig):
    name = rig.add(EVIL)
    for path in ("/conferences", f"/conferences/{name}", rig.link(name)):
        assert "<script>alert" not in rig.get(path)[1]

    cookie = rig._cookie
    status, headers, content = rig.centre.request(
        "GET", f"/conferences/{name}/record.xlsx", cookie, b""
    )
    assert status == 200
    assert headers["Content-Disposition"] == f'attachment; filename="{name}.xlsx"'
    sheet = openpyxl.load_workbook(BytesIO(content)).active
    assert sheet is not None
    assert (sheet["A1"].value, sheet["A1"].data_type) == (EVIL, "s")
    assert sheet["A1"].quotePrefix


def test_the_api_tells_every_aspect_in_both_languages(rig: Rig):
    name = rig.add()
    told = json.loads(rig.centre.get(f"/v1/conferences/{name}"))

    assert told["counts"] == {"not_ready": 0, "not_checked": 1, "at_risk": 0, "ready": 0}
    (point,) = told["points"]
    assert (point["point"], point["state"]) == (POINT, "not_checked")
    assert all(one["vi"] and one["en"] for one in point["aspects"])
    listed = json.loads(rig.centre.get("/v1/conferences"))["conferences"]
    assert [one["id"] for one in listed] == [name]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/conferences", {"title": "x"}, 400),
        ("/v1/conferences", {"title": "", "starts_at": 1, "duration_minutes": 0}, 422),
        ("/v1/conferences/khong/cancel", {}, 404),
        ("/v1/conferences/khong/check", {}, 404),
        ("/v1/conferences/khong/tick", {"point": POINT, "parts": {"tv": True}}, 404),
    ],
)
def test_the_api_says_what_is_wrong(rig: Rig, path: str, body: object, status: int):
    token = rig.centre.operator()
    answer = rig.centre.request("POST", path, token, json.dumps(body).encode())

    assert answer[0] == status
    assert rig.centre.request("POST", path, {}, b"{}")[0] == 401


def test_a_sweep_that_is_due_is_recorded_once(rig: Rig):
    name = rig.add(starts_at=NOW + 1_800)
    rig.centre.work()
    rig.clock.now += 1
    rig.centre.work()

    desk = rig.centre.conferences
    sweeps, _ = rig.centre._run(desk.history(desk.meeting(name)))
    assert [(one.sweep, one.at, one.point) for one in sweeps] == [("T-30", NOW, POINT)]


def test_series_are_there_a_day_around_a_conference_and_no_longer(rig: Rig):
    name = rig.add(starts_at=NOW + 3_000)
    text = rig.centre.get("/metrics/verdicts").decode()
    assert f'govnet_conference_points{{conference="{name}",state="not_checked"}} 1.0' in text
    assert f'govnet_point_ready_code{{site="xa-a",point="{POINT}"}} 3.0' in text

    rig.clock.now += 2 * 86_400
    assert "govnet_conference_points{" not in rig.centre.get("/metrics/verdicts").decode()


CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//lich//
BEGIN:VEVENT
UID:tuan-1
DTSTART:20260922T010000Z
DTEND:20260922T030000Z
SUMMARY:Giao ban tuần
LOCATION:xa-a/vc
END:VEVENT
END:VCALENDAR
"""


def upload(rig: Rig, content: str, **headers: str) -> tuple[int, dict[str, str], str]:
    """Send the form with a calendar as a browser does."""
    body = (
        '--b\r\nContent-Disposition: form-data; name="calendar"; filename="lich.ics"\r\n'
        f"Content-Type: text/calendar\r\n\r\n{content}\r\n--b--\r\n"
    )
    given = rig._cookie | SAME | {"Content-Type": "multipart/form-data; boundary=b"} | headers
    status, answered, page = rig.centre.request("POST", "/conferences", given, body.encode())
    return status, answered, page.decode()


def test_a_calendar_is_taken_in_by_the_page_as_by_the_command(rig: Rig):
    status, headers, _ = upload(rig, CALENDAR)
    assert (status, headers["Location"]) == (303, "/conferences?done=calendar")
    assert "Giao ban tuần" in rig.get("/conferences?done=calendar")[1]

    assert upload(rig, CALENDAR)[1]["Location"] == "/conferences?done=calendar_same"
    moved = CALENDAR.replace("LOCATION", "STATUS:CANCELLED\nSEQUENCE:1\nLOCATION")
    assert upload(rig, moved)[1]["Location"] == "/conferences?done=calendar"
    assert "Đã huỷ" in rig.get("/conferences")[1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "không đọc được tệp lịch"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT", "không đọc được tệp lịch"),
        (CALENDAR.replace("DTSTART", "RRULE:FREQ=SECONDLY\nDTSTART"), "FREQ=SECONDLY"),
        (CALENDAR.replace("xa-a/vc", "nơi khác"), "hãy ghi ít nhất một điểm cầu"),
    ],
)
def test_a_calendar_that_cannot_be_read_changes_nothing(rig: Rig, content: str, said: str):
    status, _, page = upload(rig, content)

    assert status == 422
    assert said in page
    assert "Giao ban tuần" not in rig.get("/conferences")[1]


def test_a_calendar_is_refused_of_another_page_and_beyond_its_size(rig: Rig):
    assert upload(rig, CALENDAR, **{"Sec-Fetch-Site": "cross-site"})[0] == 403
    assert upload(rig, "x" * (3 << 20))[0] == 413

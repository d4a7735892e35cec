/* The one window: a site's code, then how it went, in Vietnamese. */
#include <stdio.h>
#include <wchar.h>

#include "resource.h"
#include "setup.h"

#define INSTALLED (WM_APP + 1)
#define LOOK_AGAIN_MS 5000

static struct {
    HWND window;
    HFONT font;
    wchar_t code[CODE_LENGTH + 2];
    wchar_t log[MAX_PATH];
    BOOL working;
    int status;
} state = {.status = CANCELLED};

static void say(const wchar_t *text) { SetDlgItemTextW(state.window, SAID, text); }

static void explain(int status) {
    static wchar_t text[TEXT_LENGTH];
    const wchar_t *log = state.log[0] != 0 ? state.log : L"(không có)";
    switch (status) {
        case DONE:
        case ERROR_SUCCESS_REBOOT_REQUIRED:
            say(L"Đã cài xong, dịch vụ govnet-agent đang chạy. Máy tự ghi danh với trung tâm khi có"
                L" mạng. Đang hỏi tình trạng...");
            return;
        case DAMAGED:
            say(L"Tệp cài đặt này bị hỏng hoặc chép thiếu. Tải hoặc chép lại từ trung tâm.");
            return;
        case NO_FOLDER:
            say(L"Không ghi được vào thư mục Windows\\Temp: ổ đĩa đầy, hoặc không có quyền quản"
                L" trị.");
            return;
        case NOT_RUNNING:
            say(L"Đã cài, nhưng dịch vụ govnet-agent không chạy. Mở services.msc, khởi động"
                L" «govnet agent»; nếu dừng ngay, xem Event Viewer, Windows Logs, Application, nguồn"
                L" govnet-agent, rồi báo trung tâm. Phần mềm diệt virus có thể đã chặn: thêm ngoại"
                L" lệ cho C:\\Program Files\\govnet.");
            return;
        case ERROR_INSTALL_ALREADY_RUNNING:
            say(L"Windows đang cài thứ khác. Chờ vài phút rồi bấm «Cài đặt» lần nữa.");
            return;
        default:
            swprintf(text, TEXT_LENGTH,
                     L"Windows Installer không cài được (mã lỗi %d). Nhật ký: %ls. Gửi tệp đó cho"
                     L" trung tâm.",
                     status, log);
            say(text);
    }
}

static void show_status(void) {
    static wchar_t text[TEXT_LENGTH], lines[2 * TEXT_LENGTH];
    if (!agent_status(text, TEXT_LENGTH)) return;
    wchar_t *to = lines;
    for (const wchar_t *from = text; *from != 0; from++) { /* An edit control ends lines by CR LF. */
        if (*from == L'\n' && (from == text || from[-1] != L'\r')) *to++ = L'\r';
        *to++ = *from;
    }
    *to = 0;
    say(lines);
}

static DWORD WINAPI work(void *unused) {
    (void)unused;
    int status = install(state.code, state.log, MAX_PATH);
    PostMessageW(state.window, INSTALLED, (WPARAM)status, 0);
    return 0;
}

static void begin(void) {
    GetDlgItemTextW(state.window, CODE, state.code, CODE_LENGTH + 2);
    if (!code_is_valid(state.code)) {
        say(L"Mã điểm chỉ gồm chữ không dấu, số và dấu . _ - (ví dụ: DTR). Mã có trong công văn của"
            L" tỉnh.");
        SetFocus(GetDlgItem(state.window, CODE));
        return;
    }
    state.working = TRUE;
    EnableWindow(GetDlgItem(state.window, IDOK), FALSE);
    EnableWindow(GetDlgItem(state.window, CODE), FALSE);
    EnableWindow(GetDlgItem(state.window, IDCANCEL), FALSE);
    say(L"Đang cài đặt, thường chưa đến một phút...");
    CloseHandle(CreateThread(NULL, 0, work, NULL, 0, NULL));
}

static void installed(int status) {
    state.working = FALSE;
    state.status = status;
    EnableWindow(GetDlgItem(state.window, IDCANCEL), TRUE);
    explain(status);
    if (status == DONE || status == ERROR_SUCCESS_REBOOT_REQUIRED) {
        SetDlgItemTextW(state.window, IDCANCEL, L"Đóng");
        SetTimer(state.window, 1, LOOK_AGAIN_MS, NULL);
    } else {
        EnableWindow(GetDlgItem(state.window, IDOK), TRUE);
        EnableWindow(GetDlgItem(state.window, CODE), TRUE);
    }
}

static INT_PTR CALLBACK happened(HWND window, UINT message, WPARAM first, LPARAM second) {
    switch (message) {
        case WM_INITDIALOG:
            state.window = window;
            SetDlgItemTextW(window, CODE, (const wchar_t *)second);
            SendDlgItemMessageW(window, CODE, EM_LIMITTEXT, CODE_LENGTH, 0);
            state.font = CreateFontW(-13, 0, 0, 0, FW_NORMAL, 0, 0, 0, DEFAULT_CHARSET, 0, 0, 0,
                                     FIXED_PITCH, L"Consolas");
            SendDlgItemMessageW(window, SAID, WM_SETFONT, (WPARAM)state.font, TRUE);
            return TRUE;
        case WM_COMMAND:
            if (LOWORD(first) == IDOK && !state.working) begin();
            if (LOWORD(first) == IDCANCEL && !state.working) EndDialog(window, state.status);
            return TRUE;
        case WM_TIMER:
            show_status();
            return TRUE;
        case INSTALLED:
            installed((int)first);
            return TRUE;
        default:
            return FALSE;
    }
}

int dialog_run(HINSTANCE instance, const wchar_t *code) {
    INT_PTR status =
        DialogBoxParamW(instance, MAKEINTRESOURCEW(DIALOG), NULL, happened, (LPARAM)code);
    if (state.font != NULL) DeleteObject(state.font);
    return (int)status;
}

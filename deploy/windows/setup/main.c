/* govnet-setup.exe [/site CODE] [/quiet]: the words of the command line. */
#include "setup.h" /* windows.h before its own parts */

#include <shellapi.h>
#include <wchar.h>

static const wchar_t USAGE[] =
    L"govnet-setup.exe [/site MÃ-ĐIỂM] [/quiet]\n\n"
    L"/site MÃ-ĐIỂM  mã của điểm, như trong công văn của tỉnh\n"
    L"/quiet  không hỏi gì, không hiện cửa sổ; phải có /site\n\n"
    L"Mã kết thúc: 0 đã cài, dịch vụ chạy; 1 đã thôi; 2 sai tham số; 3 tệp hỏng; 4 không ghi được;"
    L" 5 đã cài, dịch vụ không chạy; số khác là của msiexec (3010: cần khởi động lại).";

static int wrong_words(BOOL quiet) {
    if (!quiet) MessageBoxW(NULL, USAGE, L"govnet", MB_ICONINFORMATION);
    return WRONG_WORDS;
}

int WINAPI wWinMain(HINSTANCE instance, HINSTANCE before, wchar_t *line, int show) {
    (void)before, (void)line, (void)show;
    int count = 0;
    wchar_t **words = CommandLineToArgvW(GetCommandLineW(), &count);
    const wchar_t *code = L"";
    BOOL quiet = FALSE, wrong = words == NULL;
    for (int i = 1; i < count; i++) {
        if (_wcsicmp(words[i], L"/quiet") == 0)
            quiet = TRUE;
        else if (_wcsicmp(words[i], L"/site") == 0 && i + 1 < count)
            code = words[++i];
        else
            wrong = TRUE;
    }
    if (wrong || (code[0] != 0 && !code_is_valid(code)) || (quiet && code[0] == 0))
        return wrong_words(quiet);
    if (quiet) {
        wchar_t log[MAX_PATH];
        return install(code, log, MAX_PATH);
    }
    return dialog_run(instance, code);
}

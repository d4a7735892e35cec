/* govnet-agent.exe: the command line, `runtime\python.exe -m agent.cli` with the same words.

   The words are handed on as they were typed, so nothing is lost in a code page; input and output
   are the console's own. Ctrl-C reaches the agent, which says how it ended. */

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

static BOOL WINAPI leave_it_to_the_agent(DWORD signal) {
    return signal == CTRL_C_EVENT || signal == CTRL_BREAK_EVENT;
}

/* Return what stands behind the program's name in our command line. */
static const wchar_t *words(void) {
    const wchar_t *at = GetCommandLineW();
    int is_quoted = 0;
    while (*at && (is_quoted || (*at != L' ' && *at != L'\t'))) is_quoted ^= *at++ == L'"';
    return at;
}

static int failed(const wchar_t *what) {
    fwprintf(stderr, L"govnet-agent: %ls: Windows error %lu\n", what, GetLastError());
    return 1;
}

int wmain(void) {
    wchar_t path[1024];
    DWORD length = GetModuleFileNameW(NULL, path, 1024 - 32);
    if (length == 0 || length >= 1024 - 32) return failed(L"its own folder");
    wcscpy(wcsrchr(path, L'\\') + 1, L"runtime\\python.exe");
    const wchar_t *given = words();
    size_t room = wcslen(path) + wcslen(given) + 64;
    wchar_t *command = malloc(room * sizeof *command);
    if (command == NULL) return failed(L"memory");
    swprintf(command, room, L"\"%ls\" -X utf8 -m agent.cli%ls", path, given);

    /* When somebody ends this program the agent must not go on alone. */
    HANDLE job = CreateJobObjectW(NULL, NULL);
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
    SetConsoleCtrlHandler(leave_it_to_the_agent, TRUE);

    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    if (!CreateProcessW(path, command, NULL, NULL, TRUE, CREATE_SUSPENDED, NULL, NULL, &startup,
                        &process))
        return failed(path);
    AssignProcessToJobObject(job, process.hProcess);
    ResumeThread(process.hThread);
    WaitForSingleObject(process.hProcess, INFINITE);
    DWORD status = 1;
    GetExitCodeProcess(process.hProcess, &status);
    return (int)status;
}

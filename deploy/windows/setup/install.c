/* Unpacks the installer where no other user can change it, runs it silently, and looks whether the
   service runs. */
#include "setup.h" /* windows.h before its own parts */

#include <sddl.h>
#include <stdio.h>
#include <wchar.h>

/* SYSTEM and administrators alone: what is run with all rights must not be anybody else's. */
#define FOLDER_RIGHTS L"O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
#define START_WITHIN_MS 30000

BOOL code_is_valid(const wchar_t *code) {
    static const wchar_t allowed[] =
        L"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t length = wcslen(code);
    return length >= 1 && length <= CODE_LENGTH && wcsspn(code, allowed) == length;
}

/* Make a fresh folder below Windows\Temp that others cannot enter. */
static BOOL private_folder(wchar_t *folder, int length) {
    wchar_t windows[MAX_PATH];
    SECURITY_ATTRIBUTES rights = {sizeof rights, NULL, FALSE};
    if (GetSystemWindowsDirectoryW(windows, MAX_PATH) == 0 ||
        !ConvertStringSecurityDescriptorToSecurityDescriptorW(
            FOLDER_RIGHTS, SDDL_REVISION_1, &rights.lpSecurityDescriptor, NULL))
        return FALSE;
    swprintf(folder, length, L"%ls\\Temp\\govnet-setup-%lu-%lu", windows, GetCurrentProcessId(),
             GetTickCount());
    /* Fails if the name is taken, so that nobody can have laid it ready. */
    BOOL made = CreateDirectoryW(folder, &rights);
    LocalFree(rights.lpSecurityDescriptor);
    return made;
}

/* Run a program without a window and wait for its end; its output is kept if `text` is given. */
static DWORD run(wchar_t *command, char *text, DWORD length) {
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    HANDLE ours = NULL, childs = NULL;
    DWORD status = ERROR_FILE_NOT_FOUND, got = 0, filled = 0;
    if (text != NULL) {
        text[0] = 0;
        if (!CreatePipe(&ours, &childs, &inherited, 0)) return GetLastError();
        SetHandleInformation(ours, HANDLE_FLAG_INHERIT, 0);
        startup.dwFlags = STARTF_USESTDHANDLES;
        startup.hStdOutput = startup.hStdError = childs;
    }
    BOOL started = CreateProcessW(NULL, command, NULL, NULL, text != NULL, CREATE_NO_WINDOW, NULL,
                                  NULL, &startup, &process);
    if (childs != NULL) CloseHandle(childs);
    if (started) {
        while (text != NULL && filled < length - 1 &&
               ReadFile(ours, text + filled, length - 1 - filled, &got, NULL) && got > 0)
            filled += got;
        if (text != NULL) text[filled] = 0;
        WaitForSingleObject(process.hProcess, INFINITE);
        GetExitCodeProcess(process.hProcess, &status);
        CloseHandle(process.hThread);
        CloseHandle(process.hProcess);
    } else {
        status = GetLastError();
    }
    if (ours != NULL) CloseHandle(ours);
    return status;
}

static BOOL service_runs(void) {
    SERVICE_STATUS status = {0};
    SC_HANDLE services = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = OpenServiceW(services, SERVICE_NAME, SERVICE_QUERY_STATUS);
    for (int waited = 0; service != NULL && waited <= START_WITHIN_MS; waited += 500) {
        if (QueryServiceStatus(service, &status) && status.dwCurrentState == SERVICE_RUNNING) break;
        Sleep(500);
    }
    if (service != NULL) CloseServiceHandle(service);
    if (services != NULL) CloseServiceHandle(services);
    return status.dwCurrentState == SERVICE_RUNNING;
}

/* Install for the site `code`; return an exit code. `log` is the name of msiexec's log if that is
   left for somebody to read, else empty. */
int install(const wchar_t *code, wchar_t *log, int length) {
    wchar_t folder[MAX_PATH], package[MAX_PATH], system[MAX_PATH], command[4 * MAX_PATH];
    log[0] = 0;
    if (!private_folder(folder, MAX_PATH) || GetSystemDirectoryW(system, MAX_PATH) == 0)
        return NO_FOLDER;
    swprintf(package, MAX_PATH, L"%ls\\govnet-agent.msi", folder);
    swprintf(log, length, L"%ls\\msiexec.log", folder);
    int status = payload_write(package);
    if (status == DONE) {
        swprintf(command, 4 * MAX_PATH,
                 L"\"%ls\\msiexec.exe\" /i \"%ls\" /qn /norestart /l*v \"%ls\" SITE=%ls", system,
                 package, log, code);
        status = (int)run(command, NULL, 0);
    }
    DeleteFileW(package);
    if (status == DONE || status == ERROR_SUCCESS_REBOOT_REQUIRED ||
        GetFileAttributesW(log) == INVALID_FILE_ATTRIBUTES) {
        DeleteFileW(log);
        RemoveDirectoryW(folder);
        log[0] = 0;
    }
    return status == DONE && !service_runs() ? NOT_RUNNING : status;
}

/* What `govnet-agent status` says; FALSE if it cannot be asked. */
BOOL agent_status(wchar_t *text, int length) {
    static char said[TEXT_LENGTH];
    wchar_t command[2 * MAX_PATH], programs[MAX_PATH];
    if (GetEnvironmentVariableW(L"ProgramW6432", programs, MAX_PATH) == 0) return FALSE;
    swprintf(command, 2 * MAX_PATH, L"\"%ls\\govnet\\govnet-agent.exe\" status", programs);
    run(command, said, sizeof said);
    return MultiByteToWideChar(CP_UTF8, 0, said, -1, text, length) > 1;
}

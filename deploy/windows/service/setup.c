/* What the installer asks of govnet-service.exe, as SYSTEM; each verb may be repeated.

   prepare-data      the data folder and the registry key, closed to everybody but SYSTEM,
                     administrators and the service; before anything secret is written there
   prepare-service   rights, recovery and identity of the service once it is registered
   wait-for-stop     until the service's process has ended, and its files can be removed
   remove-data       the data folder and the registry key, when govnet leaves for good */

#include <aclapi.h>
#include <sddl.h>
#include <shlobj.h>
#include <stdio.h>
#include <wchar.h>

#include "govnet.h"

/* Longer than the service gives the agent. */
#define STOP_WITHIN_MS 60000

#define KEY L"SOFTWARE\\govnet\\Agent"
#define PARENT_KEY L"SOFTWARE\\govnet"

/* Full access for SYSTEM and administrators. The service may change what is in the folder but not
   who has access to it (0x1301bf); of the key it may read and write values (0x2001b): it removes
   the token when that has done its work. Nobody inherits anything from above (P). */
#define ADMINISTRATORS L"O:BAG:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
#define FOLDER_RIGHTS ADMINISTRATORS L"(A;OICI;0x1301bf;;;" SERVICE_SID L")"
#define KEY_RIGHTS \
    L"O:BAG:BAD:PAI(A;CI;KA;;;SY)(A;CI;KA;;;BA)(A;CI;0x2001b;;;" SERVICE_SID L")"

bool data_folder(wchar_t *path) {
    wchar_t base[MAX_PATH];
    if (SHGetFolderPathW(NULL, CSIDL_COMMON_APPDATA, NULL, 0, base) != S_OK) return false;
    return swprintf(path, PATH_LENGTH, L"%ls\\govnet", base) > 0;
}

static DWORD failed(const wchar_t *what, DWORD error) {
    if (error != 0) fwprintf(stderr, L"govnet-service: %ls: Windows error %lu\n", what, error);
    return error;
}

/* Whether this is who runs the installer: SYSTEM on Windows, whoever runs Wine under Wine. */
static bool is_ourselves(PSID owner) {
    HANDLE token;
    union {
        TOKEN_USER user;
        BYTE room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } ours;
    DWORD length;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) return false;
    bool found = GetTokenInformation(token, TokenUser, &ours, sizeof ours, &length) &&
                 EqualSid(owner, ours.user.User.Sid);
    CloseHandle(token);
    return found;
}

/* Anybody may make a folder in ProgramData, and owns it then. Such a one is not ours. */
static bool is_administrators(const wchar_t *path) {
    PSECURITY_DESCRIPTOR descriptor = NULL;
    PSID owner = NULL;
    DWORD attributes = GetFileAttributesW(path);
    if (!(attributes & FILE_ATTRIBUTE_DIRECTORY) || attributes & FILE_ATTRIBUTE_REPARSE_POINT)
        return false;
    if (GetNamedSecurityInfoW((wchar_t *)path, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner,
                              NULL, NULL, NULL, &descriptor) != ERROR_SUCCESS)
        return false;
    bool found = IsWellKnownSid(owner, WinBuiltinAdministratorsSid) || is_ourselves(owner);
    LocalFree(descriptor);
    return found;
}

static DWORD prepare_folder(const wchar_t *path, PSECURITY_DESCRIPTOR rights) {
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, rights, FALSE};
    BOOL present, defaulted;
    PACL access = NULL;
    if (CreateDirectoryW(path, &attributes)) return 0;
    if (GetLastError() != ERROR_ALREADY_EXISTS) return failed(path, GetLastError());
    if (!is_administrators(path)) {
        wchar_t aside[PATH_LENGTH + 32];
        swprintf(aside, PATH_LENGTH + 32, L"%ls.not-ours-%llx", path, GetTickCount64());
        if (!MoveFileW(path, aside) || !CreateDirectoryW(path, &attributes))
            return failed(path, GetLastError());
        return 0;
    }
    GetSecurityDescriptorDacl(rights, &present, &access, &defaulted);
    DWORD error = SetNamedSecurityInfoW(
        (wchar_t *)path, SE_FILE_OBJECT,
        DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, NULL, NULL, access, NULL);
    return failed(path, error);
}

static DWORD prepare_key(PSECURITY_DESCRIPTOR rights) {
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, rights, FALSE};
    HKEY key;
    LSTATUS error = RegCreateKeyExW(HKEY_LOCAL_MACHINE, KEY, 0, NULL, 0,
                                    KEY_ALL_ACCESS | KEY_WOW64_64KEY, &attributes, &key, NULL);
    if (error == ERROR_SUCCESS) {
        error = RegSetKeySecurity(
            key, DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, rights);
        RegCloseKey(key);
    }
    return failed(KEY, error);
}

static DWORD prepare_data(void) {
    wchar_t folder[PATH_LENGTH];
    PSECURITY_DESCRIPTOR for_folder = NULL, for_key = NULL;
    if (!data_folder(folder) ||
        !ConvertStringSecurityDescriptorToSecurityDescriptorW(FOLDER_RIGHTS, SDDL_REVISION_1,
                                                              &for_folder, NULL) ||
        !ConvertStringSecurityDescriptorToSecurityDescriptorW(KEY_RIGHTS, SDDL_REVISION_1,
                                                              &for_key, NULL))
        return failed(L"rights", GetLastError());
    DWORD error = prepare_folder(folder, for_folder);
    if (error == 0) error = prepare_key(for_key);
    LocalFree(for_folder);
    LocalFree(for_key);
    return error;
}

static DWORD prepare_service(void) {
    SC_HANDLE services = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = OpenServiceW(services, SERVICE_NAME, SERVICE_CHANGE_CONFIG | SERVICE_START);
    if (service == NULL) return failed(SERVICE_NAME, GetLastError());
    /* The account is LocalService, as other services' is: the folder is open to this SID alone. */
    SERVICE_SID_INFO identity = {SERVICE_SID_TYPE_UNRESTRICTED};
    /* Measuring, pinging and sending need no privilege; this one is everybody's. */
    SERVICE_REQUIRED_PRIVILEGES_INFOW privileges = {L"SeChangeNotifyPrivilege\0"};
    SC_ACTION restarts[] = {
        {SC_ACTION_RESTART, 10000}, {SC_ACTION_RESTART, 60000}, {SC_ACTION_RESTART, 300000}};
    SERVICE_FAILURE_ACTIONSW recovery = {86400, NULL, NULL, 3, restarts};
    struct {
        DWORD level;
        void *info;
    } wanted[] = {{SERVICE_CONFIG_SERVICE_SID_INFO, &identity},
                  {SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, &privileges},
                  {SERVICE_CONFIG_FAILURE_ACTIONS, &recovery}};
    DWORD error = 0;
    for (int i = 0; i < 3 && error == 0; i++)
        /* Wine, in which this is tested, does not know all of these levels; every Windows does. */
        if (!ChangeServiceConfig2W(service, wanted[i].level, wanted[i].info) &&
            GetLastError() != ERROR_INVALID_LEVEL)
            error = failed(SERVICE_NAME, GetLastError());
    CloseServiceHandle(service);
    CloseServiceHandle(services);
    return error;
}

/* Remove a folder with all that is in it; what a link points to stays. */
static void remove_folder(const wchar_t *path) {
    wchar_t inside[PATH_LENGTH];
    WIN32_FIND_DATAW found;
    if (swprintf(inside, PATH_LENGTH, L"%ls\\*", path) < 0) return;
    HANDLE search = FindFirstFileW(inside, &found);
    if (search == INVALID_HANDLE_VALUE) return;
    do {
        if (wcscmp(found.cFileName, L".") == 0 || wcscmp(found.cFileName, L"..") == 0) continue;
        if (swprintf(inside, PATH_LENGTH, L"%ls\\%ls", path, found.cFileName) < 0) continue;
        SetFileAttributesW(inside, FILE_ATTRIBUTE_NORMAL);
        bool is_folder = found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY;
        if (!is_folder)
            DeleteFileW(inside);
        else if (found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)
            RemoveDirectoryW(inside);
        else
            remove_folder(inside);
    } while (FindNextFileW(search, &found));
    FindClose(search);
    RemoveDirectoryW(path);
}

static DWORD remove_data(void) {
    wchar_t folder[PATH_LENGTH];
    if (!data_folder(folder)) return failed(L"ProgramData", GetLastError());
    remove_folder(folder);
    RegDeleteKeyExW(HKEY_LOCAL_MACHINE, KEY, KEY_WOW64_64KEY, 0);
    RegDeleteKeyExW(HKEY_LOCAL_MACHINE, PARENT_KEY, KEY_WOW64_64KEY, 0);
    return GetFileAttributesW(folder) == INVALID_FILE_ATTRIBUTES ? 0 : failed(folder, 145);
}

/* That a service has stopped is known a moment before its process has ended. */
static DWORD wait_for_stop(void) {
    HANDLE running = OpenMutexW(SYNCHRONIZE, FALSE, RUNNING_MUTEX);
    if (running == NULL) return 0;
    DWORD waited = WaitForSingleObject(running, STOP_WITHIN_MS);
    CloseHandle(running);
    return waited == WAIT_TIMEOUT ? failed(RUNNING_MUTEX, waited) : 0;
}

int setup(const wchar_t *verb) {
    if (wcscmp(verb, L"prepare-data") == 0) return (int)prepare_data();
    if (wcscmp(verb, L"prepare-service") == 0) return (int)prepare_service();
    if (wcscmp(verb, L"wait-for-stop") == 0) return (int)wait_for_stop();
    if (wcscmp(verb, L"remove-data") == 0) return (int)remove_data();
    fwprintf(stderr, L"usage: govnet-service prepare-data|prepare-service|wait-for-stop|remove-data\n");
    return 2;
}

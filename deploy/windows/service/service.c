/* govnet-service.exe: the Windows service govnet-agent. It keeps the agent running.

   Started by the service manager it starts the agent (child.c), starts it again after growing
   pauses when it ends by itself, and stops it in order when Windows or an administrator says so.
   Started by the installer with a verb it prepares or removes what the agent needs (setup.c). */

#include <stdio.h>
#include <wchar.h>

#include "events.h"
#include "govnet.h"

#define FIRST_PAUSE_SECONDS 1
#define LONGEST_PAUSE_SECONDS 300
/* Whatever lived this long was well: the next pause is the first one again. */
#define WELL_AFTER_MS (10 * 60 * 1000)
/* The agent gives an exchange 5 s to end; what then still runs is a check that hangs. */
#define STOP_WITHIN_SECONDS 15

static SERVICE_STATUS_HANDLE manager;
static SERVICE_STATUS status = {.dwServiceType = SERVICE_WIN32_OWN_PROCESS};
static HANDLE stop_wanted;

bool beside_program(wchar_t *path, const wchar_t *name) {
    DWORD length = GetModuleFileNameW(NULL, path, PATH_LENGTH);
    if (length == 0 || length >= PATH_LENGTH) return false;
    wchar_t *end = wcsrchr(path, L'\\') + 1;
    if (end + wcslen(name) >= path + PATH_LENGTH) return false;
    wcscpy(end, name);
    return true;
}

static void report(DWORD state, DWORD within_seconds) {
    status.dwCurrentState = state;
    status.dwWaitHint = within_seconds * 1000;
    status.dwCheckPoint = within_seconds ? status.dwCheckPoint + 1 : 0;
    /* Preshutdown comes before the network and the disk go, and has time for a clean stop. */
    status.dwControlsAccepted =
        state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_PRESHUTDOWN : 0;
    SetServiceStatus(manager, &status);
}

static DWORD WINAPI control(DWORD code, DWORD type, void *data, void *context) {
    (void)type, (void)data, (void)context;
    switch (code) {
        case SERVICE_CONTROL_STOP:
        case SERVICE_CONTROL_PRESHUTDOWN:
            report(SERVICE_STOP_PENDING, STOP_WITHIN_SECONDS + 5);
            SetEvent(stop_wanted);
            return NO_ERROR;
        case SERVICE_CONTROL_INTERROGATE:
            return NO_ERROR;
        default:
            return ERROR_CALL_NOT_IMPLEMENTED;
    }
}

static void stop(struct child *child) {
    wchar_t seconds[16];
    child_ask_to_stop(child);
    if (WaitForSingleObject(child->process, STOP_WITHIN_SECONDS * 1000) == WAIT_OBJECT_0) {
        event(EVENTLOG_INFORMATION_TYPE, EVENT_STOPPED, NULL, NULL, NULL);
    } else {
        swprintf(seconds, 16, L"%d", STOP_WITHIN_SECONDS);
        event(EVENTLOG_WARNING_TYPE, EVENT_KILLED, seconds, NULL, NULL);
    }
    child_end(child, NULL, 0);
}

/* Run the agent once, until it ends or is to be stopped; return whether it was well. */
static bool run_once(DWORD pause_seconds) {
    static struct child child;
    static wchar_t last_words[sizeof child.last_words];
    wchar_t number[16], pause[16], program[PATH_LENGTH];
    swprintf(pause, 16, L"%lu", pause_seconds);
    ULONGLONG started_at = GetTickCount64();

    DWORD error = child_start(&child);
    if (error != 0) {
        swprintf(number, 16, L"%lu", error);
        event(EVENTLOG_ERROR_TYPE, EVENT_NOT_STARTED, number, pause, NULL);
        return false;
    }
    beside_program(program, L"");
    event(EVENTLOG_INFORMATION_TYPE, EVENT_STARTED, program, NULL, NULL);
    HANDLE either[] = {stop_wanted, child.process};
    if (WaitForMultipleObjects(2, either, FALSE, INFINITE) == WAIT_OBJECT_0) {
        stop(&child);
        return true;
    }
    swprintf(number, 16, L"%ld", (long)child_end(&child, last_words, sizeof child.last_words));
    event(EVENTLOG_ERROR_TYPE, EVENT_CRASHED, number, pause, last_words);
    return GetTickCount64() - started_at >= WELL_AFTER_MS;
}

static void WINAPI service(DWORD argc, wchar_t **argv) {
    (void)argc, (void)argv;
    manager = RegisterServiceCtrlHandlerExW(SERVICE_NAME, control, NULL);
    if (manager == NULL) return;
    CreateMutexW(NULL, TRUE, RUNNING_MUTEX);
    events_open();
    report(SERVICE_RUNNING, 0);
    DWORD pause = FIRST_PAUSE_SECONDS;
    do {
        if (run_once(pause)) pause = FIRST_PAUSE_SECONDS;
        DWORD waiting = pause;
        pause = pause * 2 > LONGEST_PAUSE_SECONDS ? LONGEST_PAUSE_SECONDS : pause * 2;
        if (WaitForSingleObject(stop_wanted, waiting * 1000) == WAIT_OBJECT_0) break;
    } while (true);
    report(SERVICE_STOPPED, 0);
}

int wmain(int argc, wchar_t **argv) {
    if (argc == 2) return setup(argv[1]);
    SERVICE_TABLE_ENTRYW table[] = {{SERVICE_NAME, service}, {NULL, NULL}};
    stop_wanted = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (stop_wanted == NULL || !StartServiceCtrlDispatcherW(table)) {
        fwprintf(stderr, L"govnet-service: expected to be started by the service manager: "
                         L"sc start govnet-agent\n");
        return 1;
    }
    return 0;
}

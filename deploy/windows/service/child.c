/* The agent as a child: `runtime\python.exe -m agent.cli run --stop-when-stdin-closes`.

   It lives in a job, which ends whatever is in it when this process ends, however it ends. It is
   asked to stop by the end of its standard input. What it says is read line by line: warnings and
   errors go to the event log, the last words are kept for the case that it crashes. */

#include <string.h>
#include <wchar.h>

#include "events.h"
#include "govnet.h"

#define LINE_LENGTH 4096

static void to_event_log(char *line) {
    /* Lines of the agent's log are "time level message" (agent/log.py). */
    const char *level = strchr(line, ' ');
    WORD type = 0;
    if (level == NULL) return;
    if (strncmp(level, " warning ", 9) == 0) type = EVENTLOG_WARNING_TYPE;
    if (strncmp(level, " error ", 7) == 0) type = EVENTLOG_ERROR_TYPE;
    if (strncmp(level, " critical ", 10) == 0) type = EVENTLOG_ERROR_TYPE;
    if (type == 0) return;
    wchar_t wide[LINE_LENGTH];
    if (MultiByteToWideChar(CP_UTF8, 0, line, -1, wide, LINE_LENGTH) == 0) return;
    bool is_error = type == EVENTLOG_ERROR_TYPE;
    event(type, is_error ? EVENT_AGENT_ERROR : EVENT_AGENT_WARNING, wide, NULL, NULL);
}

static void remember(struct child *child, const char *line, size_t length) {
    size_t room = sizeof child->last_words - 1;
    if (length > room) length = room;
    if (child->last_words_length + length > room) {
        size_t surplus = child->last_words_length + length - room;
        child->last_words_length -= surplus;
        memmove(child->last_words, child->last_words + surplus, child->last_words_length);
    }
    memcpy(child->last_words + child->last_words_length, line, length);
    child->last_words_length += length;
    child->last_words[child->last_words_length] = 0;
}

static DWORD WINAPI read_output(void *given) {
    struct child *child = given;
    char line[LINE_LENGTH], got[1024];
    size_t length = 0;
    DWORD count;
    while (ReadFile(child->output, got, sizeof got, &count, NULL) && count > 0) {
        remember(child, got, count);
        for (DWORD i = 0; i < count; i++) {
            /* A line that is longer than the buffer loses its end, not its beginning. */
            if (got[i] != '\n') {
                if (length < sizeof line - 1 && got[i] != '\r') line[length++] = got[i];
                continue;
            }
            line[length] = 0;
            to_event_log(line);
            length = 0;
        }
    }
    return 0;
}

static HANDLE job_that_ends_with_us(void) {
    HANDLE job = CreateJobObjectW(NULL, NULL);
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    if (job != NULL)
        SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
    return job;
}

/* Make a pipe of which the child inherits one end only. */
static bool pipe_to(HANDLE *ours, HANDLE *childs, bool child_reads) {
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    HANDLE *reading = child_reads ? childs : ours, *writing = child_reads ? ours : childs;
    if (!CreatePipe(reading, writing, &inherited, 0)) return false;
    return SetHandleInformation(*ours, HANDLE_FLAG_INHERIT, 0);
}

static void close_handle(HANDLE *handle) {
    if (*handle != NULL) CloseHandle(*handle);
    *handle = NULL;
}

/* Return 0, or the Windows error for which the agent cannot be started. */
DWORD child_start(struct child *child) {
    memset(child, 0, sizeof *child);
    wchar_t python[PATH_LENGTH], folder[PATH_LENGTH], command[PATH_LENGTH + 128];
    if (!beside_program(python, L"runtime\\python.exe") || !beside_program(folder, L""))
        return ERROR_FILENAME_EXCED_RANGE;
    swprintf(command, PATH_LENGTH + 128,
             L"\"%ls\" -X utf8 -m agent.cli run --stop-when-stdin-closes", python);

    HANDLE input = NULL, output = NULL;
    STARTUPINFOW startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION process = {0};
    child->job = job_that_ends_with_us();
    bool started = child->job != NULL && pipe_to(&child->input, &input, true) &&
                   pipe_to(&child->output, &output, false);
    if (started) {
        startup.hStdInput = input;
        startup.hStdOutput = startup.hStdError = output;
        started = CreateProcessW(python, command, NULL, NULL, TRUE,
                                 CREATE_SUSPENDED | CREATE_NO_WINDOW, NULL, folder, &startup,
                                 &process);
    }
    if (started && !AssignProcessToJobObject(child->job, process.hProcess)) {
        started = false;
        TerminateProcess(process.hProcess, 1);
    }
    DWORD error = started ? 0 : GetLastError();
    close_handle(&input);
    close_handle(&output);
    child->process = process.hProcess;
    if (started) {
        child->reader = CreateThread(NULL, 0, read_output, child, 0, NULL);
        ResumeThread(process.hThread);
    }
    close_handle(&process.hThread);
    if (!started) child_end(child, NULL, 0);
    return error;
}

void child_ask_to_stop(struct child *child) { close_handle(&child->input); }

/* End what is left of it; return its exit code, and its last words if they are wanted. */
DWORD child_end(struct child *child, wchar_t *last_words, int length) {
    DWORD status = 0;
    if (child->job != NULL) TerminateJobObject(child->job, 1);
    if (child->process != NULL) {
        WaitForSingleObject(child->process, INFINITE);
        GetExitCodeProcess(child->process, &status);
    }
    if (child->reader != NULL) WaitForSingleObject(child->reader, INFINITE);
    if (last_words != NULL &&
        MultiByteToWideChar(CP_UTF8, 0, child->last_words, -1, last_words, length) == 0)
        last_words[0] = 0;
    close_handle(&child->reader);
    close_handle(&child->input);
    close_handle(&child->output);
    close_handle(&child->process);
    close_handle(&child->job);
    return status;
}

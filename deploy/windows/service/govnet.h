/* What the parts of govnet-service.exe share. */

#ifndef GOVNET_H
#define GOVNET_H

#include <stdbool.h>
#include <windows.h>

#define SERVICE_NAME L"govnet-agent"

/* The SID of NT SERVICE\govnet-agent: S-1-5-80 and the SHA-1 of the name in capitals, UTF-16LE
   ([MS-DTYP] 2.4.2.4); written out, because before the service exists no name can be looked up. */
#define SERVICE_SID L"S-1-5-80-1451635791-1882152529-1889024526-2987732853-2940645231"

/* Held by the service's process until it has ended. */
#define RUNNING_MUTEX L"Global\\govnet-agent"

/* Where everything is: the folder of this program, and that of the data. */
#define PATH_LENGTH 1024
bool beside_program(wchar_t *path, const wchar_t *name);
bool data_folder(wchar_t *path);

/* events.c: the Windows event log. `id` is one of events.h; `type` EVENTLOG_..._TYPE. */
void events_open(void);
void event(WORD type, DWORD id, const wchar_t *first, const wchar_t *second, const wchar_t *third);

/* child.c: the agent as a child process that cannot outlive this one. */
struct child {
    HANDLE process, job, input, output, reader;
    char last_words[2048];
    size_t last_words_length;
};
DWORD child_start(struct child *child);
void child_ask_to_stop(struct child *child);
DWORD child_end(struct child *child, wchar_t *last_words, int length);

/* setup.c: what the installer asks for. */
int setup(const wchar_t *verb);

#endif

/* govnet-setup.exe: one file for a machine without a domain. Which file does what:
   main.c the words of the command line, dialog.c what people see, install.c the installation,
   payload.c the installer that is appended to this program. */
#ifndef GOVNET_SETUP_H
#define GOVNET_SETUP_H

#include <windows.h>

#define SERVICE_NAME L"govnet-agent"
#define CODE_LENGTH 64
#define TEXT_LENGTH 8192

/* Exit codes; any other is msiexec's own (1603, 1618, 3010, ...). */
enum {
    DONE = 0,         /* installed, and the service runs */
    CANCELLED = 1,    /* closed before anything was done */
    WRONG_WORDS = 2,  /* the command line or the site's code */
    DAMAGED = 3,      /* no whole installer in this file */
    NO_FOLDER = 4,    /* the installer could not be unpacked: disk full, no rights */
    NOT_RUNNING = 5   /* installed, but the service does not run */
};

/* payload.c: write the appended installer to a new file; 0, DAMAGED or NO_FOLDER. */
int payload_write(const wchar_t *path);

/* install.c */
BOOL code_is_valid(const wchar_t *code);
int install(const wchar_t *code, wchar_t *log, int length);
BOOL agent_status(wchar_t *text, int length);

/* dialog.c: ask for a code and install; an exit code. */
int dialog_run(HINSTANCE instance, const wchar_t *code);

#endif

/* The installer that build-setup.sh appended: [program][installer][its length, 8 bytes]["GOVNETMS"].
   A signature is appended after it, at the place that the program's header names. */
#include <stdint.h>
#include <string.h>

#include "setup.h"

static const char MARK[8] = "GOVNETMS";

static BOOL read_at(HANDLE file, int64_t at, void *into, DWORD length) {
    LARGE_INTEGER place = {.QuadPart = at};
    DWORD got = 0;
    return SetFilePointerEx(file, place, NULL, FILE_BEGIN) &&
           ReadFile(file, into, length, &got, NULL) && got == length;
}

/* Where our own bytes end: before the signature, if there is one. 0 if this is no program. */
static int64_t end_of_payload(HANDLE file) {
    IMAGE_DOS_HEADER dos;
    IMAGE_NT_HEADERS64 header;
    LARGE_INTEGER size;
    if (!GetFileSizeEx(file, &size) || !read_at(file, 0, &dos, sizeof dos) ||
        !read_at(file, dos.e_lfanew, &header, sizeof header))
        return 0;
    /* The one directory whose address is a place in the file (PE format, attribute certificates). */
    DWORD signature =
        header.OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_SECURITY].VirtualAddress;
    return signature != 0 ? signature : size.QuadPart;
}

static int copy(HANDLE from, HANDLE to, int64_t left) {
    static char block[1 << 16];
    while (left > 0) {
        DWORD wanted = left < (int64_t)sizeof block ? (DWORD)left : sizeof block;
        DWORD got = 0, put = 0;
        if (!ReadFile(from, block, wanted, &got, NULL) || got != wanted) return DAMAGED;
        if (!WriteFile(to, block, got, &put, NULL) || put != got) return NO_FOLDER;
        left -= got;
    }
    return DONE;
}

int payload_write(const wchar_t *path) {
    wchar_t own[MAX_PATH];
    struct {
        int64_t length;
        char mark[8];
    } trailer;
    if (GetModuleFileNameW(NULL, own, MAX_PATH) >= MAX_PATH) return DAMAGED;
    HANDLE file = CreateFileW(own, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) return DAMAGED;
    int64_t end = end_of_payload(file) - (int64_t)sizeof trailer;
    int status = DAMAGED;
    if (end > 0 && read_at(file, end, &trailer, sizeof trailer) &&
        memcmp(trailer.mark, MARK, sizeof MARK) == 0 && trailer.length > 0 &&
        trailer.length < end) {
        LARGE_INTEGER start = {.QuadPart = end - trailer.length};
        HANDLE fresh = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL);
        status = NO_FOLDER;
        if (fresh != INVALID_HANDLE_VALUE) {
            if (SetFilePointerEx(file, start, NULL, FILE_BEGIN))
                status = copy(file, fresh, trailer.length);
            CloseHandle(fresh);
        }
    }
    CloseHandle(file);
    return status;
}

/* python.exe of the test runtime: as CPython's own, it hands the command line to its DLL. */

#include <wchar.h>
#include <windows.h>

typedef int (*py_main)(int, wchar_t **);

int wmain(int argc, wchar_t **argv) {
    wchar_t path[MAX_PATH + 16];
    DWORD length = GetModuleFileNameW(NULL, path, MAX_PATH);
    if (length == 0 || length >= MAX_PATH) return 120;
    wcscpy(wcsrchr(path, L'\\') + 1, L"python311.dll");
    HMODULE library = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (library == NULL) return 121;
    py_main run = (py_main)(void *)GetProcAddress(library, "Py_Main");
    return run == NULL ? 122 : run(argc, argv);
}

/* The Windows event log: source govnet-agent, messages in this program (events.mc). */

#include "govnet.h"

static HANDLE source;

void events_open(void) { source = RegisterEventSourceW(NULL, SERVICE_NAME); }

void event(WORD type, DWORD id, const wchar_t *first, const wchar_t *second, const wchar_t *third) {
    const wchar_t *words[] = {first, second, third};
    WORD count = (first != NULL) + (second != NULL) + (third != NULL);
    if (source != NULL) ReportEventW(source, type, 0, id, NULL, count, 0, words, NULL);
}

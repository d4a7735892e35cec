/* Numbers that dialog.c and setup.rc share. */
#define DIALOG 100
#define CODE 101
#define SAID 102

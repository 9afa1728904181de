noinst_LIBRARIES += libconsole.a
libconsole_a_SOURCES = \
	%D%/app.c \
	%D%/app.h \
	%D%/canvas.c \
	%D%/canvas.h \
	%D%/canvas_box.c \
	%D%/dialog.c \
	%D%/dialog.h \
	%D%/dialog_failure.c \
	%D%/dialog_help.c \
	%D%/dialog_leave.c \
	%D%/dialog_retry.c \
	%D%/dialog_tune.c \
	%D%/figures.c \
	%D%/figures.h \
	%D%/footer.c \
	%D%/footer.h \
	%D%/header.c \
	%D%/header.h \
	%D%/input.c \
	%D%/input.h \
	%D%/keymap.c \
	%D%/keymap.h \
	%D%/layout.h \
	%D%/pane.c \
	%D%/pane.h \
	%D%/prompt.c \
	%D%/screen.c \
	%D%/screen.h \
	%D%/theme.c \
	%D%/theme.h \
	%D%/view.c \
	%D%/view.h \
	%D%/widget_bar.c \
	%D%/widget_spark.c \
	%D%/widgets.h

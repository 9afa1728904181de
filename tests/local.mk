# Every test program is a cmocka program that speaks TAP; services are fakeapi
# on the loopback. End-to-end tests are shell scripts around the real binary.
TEST_LIBS = libhost.a libengine.a $(CMOCKA_LIBS) $(DEPS_LIBS) -lm

# The loopback server: a library for the tests, a program for the scripts.
check_LIBRARIES += %D%/libfakeapi.a
%C%_libfakeapi_a_SOURCES = \
	%D%/fakeapi.c \
	%D%/fakeapi.h \
	%D%/fakeapi_azure.c \
	%D%/fakeapi_chroma.c \
	%D%/fakeapi_cohere.c \
	%D%/fakeapi_dialects.c \
	%D%/fakeapi_elastic.c \
	%D%/fakeapi_gemini.c \
	%D%/fakeapi_hosted.c \
	%D%/fakeapi_jina.c \
	%D%/fakeapi_milvus.c \
	%D%/fakeapi_mistral.c \
	%D%/fakeapi_ollama.c \
	%D%/fakeapi_openai.c \
	%D%/fakeapi_parts.h \
	%D%/fakeapi_points.c \
	%D%/fakeapi_pinecone.c \
	%D%/fakeapi_qdrant.c \
	%D%/fakeapi_weaviate.c \
	%D%/fakeapi_tei.c \
	%D%/fakeapi_texts.c \
	%D%/fakeapi_voyage.c \
	%D%/fakeapi_wire.c \
	%D%/fakeapi_wire.h
check_PROGRAMS += %D%/fakeapi
%C%_fakeapi_SOURCES = %D%/fakeapi_main.c
%C%_fakeapi_LDADD = %D%/libfakeapi.a libengine.a $(DEPS_LIBS) -lm
FAKEAPI_LIBS = %D%/libfakeapi.a $(TEST_LIBS)
REPLIES = %D%/replies.c %D%/replies.h %D%/replies_parts.h %D%/replies_rows.c
CONTRACT_EMBEDDER = %D%/contract_embedder.c %D%/contract_embedder.h

# The console's tests draw in memory: no curses.
CONSOLE_LIBS = libconsole.a $(TEST_LIBS)
SCREEN_FILES = %D%/golden.c %D%/golden.h %D%/sample_snapshot.c \
	%D%/sample_snapshot.h
ONLOOKER = %D%/onlooker.c %D%/onlooker.h %D%/sample_snapshot.c \
	%D%/sample_snapshot.h
EXTRA_DIST += %D%/screens
if HAVE_CMOCKA
check_PROGRAMS += %D%/test_bell.tap
TESTS += %D%/test_bell.tap
%C%_test_bell_tap_SOURCES = %D%/test_bell.c
%C%_test_bell_tap_LDADD = $(CONSOLE_LIBS)
check_PROGRAMS += %D%/test_canvas.tap
TESTS += %D%/test_canvas.tap
%C%_test_canvas_tap_SOURCES = %D%/test_canvas.c $(SCREEN_FILES)
%C%_test_canvas_tap_LDADD = $(CONSOLE_LIBS)
check_PROGRAMS += %D%/test_dialogs.tap
TESTS += %D%/test_dialogs.tap
%C%_test_dialogs_tap_SOURCES = %D%/test_dialogs.c $(SCREEN_FILES)
%C%_test_dialogs_tap_LDADD = $(CONSOLE_LIBS)
check_PROGRAMS += %D%/test_keymap.tap
TESTS += %D%/test_keymap.tap
%C%_test_keymap_tap_SOURCES = %D%/test_keymap.c $(SCREEN_FILES)
%C%_test_keymap_tap_LDADD = $(CONSOLE_LIBS)
check_PROGRAMS += %D%/test_outlet.tap
TESTS += %D%/test_outlet.tap
%C%_test_outlet_tap_SOURCES = %D%/test_outlet.c %D%/pty_child.c \
	%D%/pty_child.h
%C%_test_outlet_tap_LDADD = $(CONSOLE_LIBS)
check_PROGRAMS += %D%/test_screens.tap
TESTS += %D%/test_screens.tap
%C%_test_screens_tap_SOURCES = %D%/test_screens.c $(SCREEN_FILES)
%C%_test_screens_tap_LDADD = $(CONSOLE_LIBS)
MODEL_FILES = %D%/pty_child.c %D%/pty_child.h %D%/terminal_model.c \
	%D%/terminal_model.h
check_PROGRAMS += %D%/test_terminal.tap
TESTS += %D%/test_terminal.tap
%C%_test_terminal_tap_SOURCES = %D%/test_terminal.c $(SCREEN_FILES)
%C%_test_terminal_tap_LDADD = $(CONSOLE_LIBS) $(CURSES_LIBS)
if HAVE_VTERM
%C%_test_terminal_tap_SOURCES += %D%/painter.c %D%/painter.h $(MODEL_FILES)
%C%_test_terminal_tap_CFLAGS = $(AM_CFLAGS) $(VTERM_CFLAGS)
%C%_test_terminal_tap_LDADD += $(VTERM_LIBS)
check_PROGRAMS += %D%/test_terminal_run.tap
TESTS += %D%/test_terminal_run.tap
%C%_test_terminal_run_tap_SOURCES = %D%/test_terminal_run.c $(MODEL_FILES) \
	$(SCREEN_FILES)
%C%_test_terminal_run_tap_CFLAGS = $(AM_CFLAGS) $(VTERM_CFLAGS)
%C%_test_terminal_run_tap_LDADD = $(CONSOLE_LIBS) $(VTERM_LIBS)
endif
endif

if HAVE_CMOCKA
check_PROGRAMS += %D%/test_allowance.tap
TESTS += %D%/test_allowance.tap
%C%_test_allowance_tap_SOURCES = %D%/test_allowance.c
%C%_test_allowance_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_base64.tap
TESTS += %D%/test_base64.tap
%C%_test_base64_tap_SOURCES = %D%/test_base64.c
%C%_test_base64_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_books.tap
TESTS += %D%/test_books.tap
%C%_test_books_tap_SOURCES = %D%/test_books.c
%C%_test_books_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_bucket.tap
TESTS += %D%/test_bucket.tap
%C%_test_bucket_tap_SOURCES = %D%/test_bucket.c
%C%_test_bucket_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_ceiling.tap
TESTS += %D%/test_ceiling.tap
%C%_test_ceiling_tap_SOURCES = %D%/test_ceiling.c
%C%_test_ceiling_tap_LDADD = $(TEST_LIBS)

check_PROGRAMS += %D%/test_child.tap
TESTS += %D%/test_child.tap
%C%_test_child_tap_SOURCES = %D%/test_child.c
%C%_test_child_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_control.tap
TESTS += %D%/test_control.tap
%C%_test_control_tap_SOURCES = %D%/test_control.c
%C%_test_control_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_cutting.tap
TESTS += %D%/test_cutting.tap
%C%_test_cutting_tap_SOURCES = %D%/test_cutting.c
%C%_test_cutting_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_dispatch.tap
TESTS += %D%/test_dispatch.tap
%C%_test_dispatch_tap_SOURCES = %D%/test_dispatch.c
%C%_test_dispatch_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_faults.tap
TESTS += %D%/test_faults.tap
%C%_test_faults_tap_SOURCES = %D%/test_faults.c
%C%_test_faults_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_elastic_error.tap
TESTS += %D%/test_elastic_error.tap
%C%_test_elastic_error_tap_SOURCES = %D%/test_elastic_error.c
%C%_test_elastic_error_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_embed_exec.tap
TESTS += %D%/test_embed_exec.tap
%C%_test_embed_exec_tap_SOURCES = %D%/test_embed_exec.c %D%/exec_tools.h $(CONTRACT_EMBEDDER)
%C%_test_embed_exec_tap_LDADD = $(FAKEAPI_LIBS)
check_PROGRAMS += %D%/test_floats.tap
TESTS += %D%/test_floats.tap
%C%_test_floats_tap_SOURCES = %D%/test_floats.c
%C%_test_floats_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_frontier.tap
TESTS += %D%/test_frontier.tap
%C%_test_frontier_tap_SOURCES = %D%/test_frontier.c
%C%_test_frontier_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_gate.tap
TESTS += %D%/test_gate.tap
%C%_test_gate_tap_SOURCES = %D%/test_gate.c
%C%_test_gate_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_hosted.tap
TESTS += %D%/test_hosted.tap
%C%_test_hosted_tap_SOURCES = %D%/test_hosted.c $(CONTRACT_EMBEDDER)
%C%_test_hosted_tap_LDADD = $(FAKEAPI_LIBS)
check_PROGRAMS += %D%/test_http_status.tap
TESTS += %D%/test_http_status.tap
%C%_test_http_status_tap_SOURCES = %D%/test_http_status.c
%C%_test_http_status_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_http_verdicts.tap
TESTS += %D%/test_http_verdicts.tap
%C%_test_http_verdicts_tap_SOURCES = %D%/test_http_verdicts.c
%C%_test_http_verdicts_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_http.tap
TESTS += %D%/test_http.tap
%C%_test_http_tap_SOURCES = %D%/test_http.c
%C%_test_http_tap_LDADD = $(FAKEAPI_LIBS)
check_PROGRAMS += %D%/test_http_tls.tap
TESTS += %D%/test_http_tls.tap
%C%_test_http_tls_tap_SOURCES = %D%/test_http_tls.c
%C%_test_http_tls_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_inflight.tap
TESTS += %D%/test_inflight.tap
%C%_test_inflight_tap_SOURCES = %D%/test_inflight.c %D%/batch_tools.h
%C%_test_inflight_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_json.tap
TESTS += %D%/test_json.tap
%C%_test_json_tap_SOURCES = %D%/test_json.c
%C%_test_json_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_ledger.tap
TESTS += %D%/test_ledger.tap
%C%_test_ledger_tap_SOURCES = %D%/test_ledger.c %D%/ledger_tools.h
%C%_test_ledger_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_ledger_bad_hour.tap
TESTS += %D%/test_ledger_bad_hour.tap
%C%_test_ledger_bad_hour_tap_SOURCES = %D%/test_ledger_bad_hour.c %D%/ledger_tools.h
%C%_test_ledger_bad_hour_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_ledger_pack.tap
TESTS += %D%/test_ledger_pack.tap
%C%_test_ledger_pack_tap_SOURCES = %D%/test_ledger_pack.c
%C%_test_ledger_pack_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_ledger_view.tap
TESTS += %D%/test_ledger_view.tap
%C%_test_ledger_view_tap_SOURCES = %D%/test_ledger_view.c %D%/ledger_tools.h
%C%_test_ledger_view_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_local.tap
TESTS += %D%/test_local.tap
%C%_test_local_tap_SOURCES = %D%/test_local.c $(CONTRACT_EMBEDDER)
%C%_test_local_tap_LDADD = $(FAKEAPI_LIBS)
check_PROGRAMS += %D%/test_model2vec.tap
TESTS += %D%/test_model2vec.tap
%C%_test_model2vec_tap_SOURCES = %D%/test_model2vec.c $(CONTRACT_EMBEDDER)
%C%_test_model2vec_tap_LDADD = $(FAKEAPI_LIBS)
check_PROGRAMS += %D%/test_openai.tap
TESTS += %D%/test_openai.tap
%C%_test_openai_tap_SOURCES = %D%/test_openai.c $(CONTRACT_EMBEDDER)
%C%_test_openai_tap_LDADD = $(FAKEAPI_LIBS)
check_PROGRAMS += %D%/test_options.tap
TESTS += %D%/test_options.tap
%C%_test_options_tap_SOURCES = %D%/test_options.c
%C%_test_options_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_phrasing.tap
TESTS += %D%/test_phrasing.tap
%C%_test_phrasing_tap_SOURCES = %D%/test_phrasing.c
%C%_test_phrasing_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_pool.tap
TESTS += %D%/test_pool.tap
%C%_test_pool_tap_SOURCES = %D%/test_pool.c
%C%_test_pool_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_queue.tap
TESTS += %D%/test_queue.tap
%C%_test_queue_tap_SOURCES = %D%/test_queue.c
%C%_test_queue_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_redo.tap
TESTS += %D%/test_redo.tap
%C%_test_redo_tap_SOURCES = %D%/test_redo.c %D%/batch_tools.h
%C%_test_redo_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_run.tap
TESTS += %D%/test_run.tap
%C%_test_run_tap_SOURCES = %D%/test_run.c %D%/run_tools.h
%C%_test_run_tap_LDADD = $(FAKEAPI_LIBS)
check_PROGRAMS += %D%/test_meter.tap
TESTS += %D%/test_meter.tap
%C%_test_meter_tap_SOURCES = %D%/test_meter.c
%C%_test_meter_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_hostile.tap
TESTS += %D%/test_hostile.tap
%C%_test_hostile_tap_SOURCES = %D%/test_hostile.c $(REPLIES)
%C%_test_hostile_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_look.tap
TESTS += %D%/test_look.tap
%C%_test_look_tap_SOURCES = %D%/test_look.c %D%/run_tools.h
%C%_test_look_tap_LDADD = $(FAKEAPI_LIBS)
check_PROGRAMS += %D%/test_power.tap
TESTS += %D%/test_power.tap
%C%_test_power_tap_SOURCES = %D%/test_power.c %D%/power.c %D%/power.h \
	%D%/run_tools.h
%C%_test_power_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_run_owed.tap
TESTS += %D%/test_run_owed.tap
%C%_test_run_owed_tap_SOURCES = %D%/test_run_owed.c %D%/run_tools.h
%C%_test_run_owed_tap_LDADD = $(FAKEAPI_LIBS)
check_PROGRAMS += %D%/test_remote.tap
TESTS += %D%/test_remote.tap
%C%_test_remote_tap_SOURCES = %D%/test_remote.c
%C%_test_remote_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_patience.tap
TESTS += %D%/test_patience.tap
%C%_test_patience_tap_SOURCES = %D%/test_patience.c
%C%_test_patience_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_plain.tap
TESTS += %D%/test_plain.tap
%C%_test_plain_tap_SOURCES = %D%/test_plain.c
%C%_test_plain_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_policy.tap
TESTS += %D%/test_policy.tap
%C%_test_policy_tap_SOURCES = %D%/test_policy.c
%C%_test_policy_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_purse.tap
TESTS += %D%/test_purse.tap
%C%_test_purse_tap_SOURCES = %D%/test_purse.c
%C%_test_purse_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_run_money.tap
TESTS += %D%/test_run_money.tap
%C%_test_run_money_tap_SOURCES = %D%/test_run_money.c %D%/run_tools.h
%C%_test_run_money_tap_LDADD = $(FAKEAPI_LIBS)
check_PROGRAMS += %D%/test_run_pause.tap
TESTS += %D%/test_run_pause.tap
%C%_test_run_pause_tap_SOURCES = %D%/test_run_pause.c %D%/run_tools.h
%C%_test_run_pause_tap_LDADD = $(FAKEAPI_LIBS)
check_PROGRAMS += %D%/test_rows.tap
TESTS += %D%/test_rows.tap
%C%_test_rows_tap_SOURCES = %D%/test_rows.c
%C%_test_rows_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_qdrant.tap
TESTS += %D%/test_qdrant.tap
%C%_test_qdrant_tap_SOURCES = %D%/test_qdrant.c %D%/contract_store.c %D%/contract_store.h
%C%_test_qdrant_tap_LDADD = $(FAKEAPI_LIBS)
check_PROGRAMS += %D%/test_eta.tap
TESTS += %D%/test_eta.tap
%C%_test_eta_tap_SOURCES = %D%/test_eta.c
%C%_test_eta_tap_LDADD = $(TEST_LIBS)

check_PROGRAMS += %D%/test_shown.tap
TESTS += %D%/test_shown.tap
%C%_test_shown_tap_SOURCES = %D%/test_shown.c
%C%_test_shown_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_simulation.tap
TESTS += %D%/test_simulation.tap
%C%_test_simulation_tap_SOURCES = %D%/test_simulation.c
%C%_test_simulation_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_sizing.tap
TESTS += %D%/test_sizing.tap
%C%_test_sizing_tap_SOURCES = %D%/test_sizing.c
%C%_test_sizing_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_spool.tap
TESTS += %D%/test_spool.tap
%C%_test_spool_tap_SOURCES = %D%/test_spool.c %D%/ledger_tools.h
%C%_test_spool_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_postgres.tap
TESTS += %D%/test_postgres.tap
%C%_test_postgres_tap_SOURCES = %D%/test_postgres.c %D%/contract_store.c %D%/contract_store.h
%C%_test_postgres_tap_LDADD = $(TEST_LIBS)
EXTRA_DIST += %D%/pg_server.sh %D%/vecdouble.c
check_PROGRAMS += %D%/test_postgres_parts.tap
TESTS += %D%/test_postgres_parts.tap
%C%_test_postgres_parts_tap_SOURCES = %D%/test_postgres_parts.c
%C%_test_postgres_parts_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_source.tap
TESTS += %D%/test_source.tap
%C%_test_source_tap_SOURCES = %D%/test_source.c %D%/source_tools.h
%C%_test_source_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_source_fields.tap
TESTS += %D%/test_source_fields.tap
%C%_test_source_fields_tap_SOURCES = %D%/test_source_fields.c %D%/source_tools.h
%C%_test_source_fields_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_source_form.tap
TESTS += %D%/test_source_form.tap
%C%_test_source_form_tap_SOURCES = %D%/test_source_form.c %D%/source_pack.h %D%/source_tools.h
%C%_test_source_form_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_source_json.tap
TESTS += %D%/test_source_json.tap
%C%_test_source_json_tap_SOURCES = %D%/test_source_json.c %D%/source_tools.h
%C%_test_source_json_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_source_stream.tap
TESTS += %D%/test_source_stream.tap
%C%_test_source_stream_tap_SOURCES = %D%/test_source_stream.c %D%/source_pack.h %D%/source_tools.h
%C%_test_source_stream_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_static.tap
TESTS += %D%/test_static.tap
%C%_test_static_tap_SOURCES = %D%/test_static.c $(CONTRACT_EMBEDDER)
%C%_test_static_tap_LDADD = $(FAKEAPI_LIBS)
check_PROGRAMS += %D%/test_store_exec.tap
TESTS += %D%/test_store_exec.tap
%C%_test_store_exec_tap_SOURCES = %D%/test_store_exec.c %D%/exec_tools.h
%C%_test_store_exec_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_store_chroma.tap
TESTS += %D%/test_store_chroma.tap
%C%_test_store_chroma_tap_SOURCES = %D%/test_store_chroma.c %D%/store_tools.h %D%/contract_store.c %D%/contract_store.h
%C%_test_store_chroma_tap_LDADD = $(FAKEAPI_LIBS)
check_PROGRAMS += %D%/test_store_elastic.tap
TESTS += %D%/test_store_elastic.tap
%C%_test_store_elastic_tap_SOURCES = %D%/test_store_elastic.c %D%/store_tools.h %D%/contract_store.c %D%/contract_store.h
%C%_test_store_elastic_tap_LDADD = $(FAKEAPI_LIBS)

check_PROGRAMS += %D%/test_store_verdicts.tap
TESTS += %D%/test_store_verdicts.tap
%C%_test_store_verdicts_tap_SOURCES = %D%/test_store_verdicts.c
%C%_test_store_verdicts_tap_LDADD = $(FAKEAPI_LIBS)
check_PROGRAMS += %D%/test_store_http.tap
TESTS += %D%/test_store_http.tap
%C%_test_store_http_tap_SOURCES = %D%/test_store_http.c
%C%_test_store_http_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_store_jsonl.tap
TESTS += %D%/test_store_jsonl.tap
%C%_test_store_jsonl_tap_SOURCES = %D%/test_store_jsonl.c %D%/contract_store.c %D%/contract_store.h
%C%_test_store_jsonl_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_store_meta.tap
TESTS += %D%/test_store_meta.tap
%C%_test_store_meta_tap_SOURCES = %D%/test_store_meta.c
%C%_test_store_meta_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_store_milvus.tap
TESTS += %D%/test_store_milvus.tap
%C%_test_store_milvus_tap_SOURCES = %D%/test_store_milvus.c %D%/store_tools.h %D%/contract_store.c %D%/contract_store.h
%C%_test_store_milvus_tap_LDADD = $(FAKEAPI_LIBS)
check_PROGRAMS += %D%/test_store_pinecone.tap
TESTS += %D%/test_store_pinecone.tap
%C%_test_store_pinecone_tap_SOURCES = %D%/test_store_pinecone.c %D%/store_tools.h %D%/contract_store.c %D%/contract_store.h
%C%_test_store_pinecone_tap_LDADD = $(FAKEAPI_LIBS)
check_PROGRAMS += %D%/test_store_sqlite.tap
TESTS += %D%/test_store_sqlite.tap
%C%_test_store_sqlite_tap_SOURCES = %D%/test_store_sqlite.c %D%/contract_store.c %D%/contract_store.h
%C%_test_store_sqlite_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_store_weaviate.tap
TESTS += %D%/test_store_weaviate.tap
%C%_test_store_weaviate_tap_SOURCES = %D%/test_store_weaviate.c %D%/store_tools.h %D%/contract_store.c %D%/contract_store.h
%C%_test_store_weaviate_tap_LDADD = $(FAKEAPI_LIBS)
check_PROGRAMS += %D%/test_stores.tap
TESTS += %D%/test_stores.tap
%C%_test_stores_tap_SOURCES = %D%/test_stores.c
%C%_test_stores_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_str.tap
TESTS += %D%/test_str.tap
%C%_test_str_tap_SOURCES = %D%/test_str.c
%C%_test_str_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_mirror.tap
TESTS += %D%/test_mirror.tap
%C%_test_mirror_tap_SOURCES = %D%/test_mirror.c
%C%_test_mirror_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_wire.tap
TESTS += %D%/test_wire.tap
%C%_test_wire_tap_SOURCES = %D%/test_wire.c
%C%_test_wire_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_wire_snapshot.tap
TESTS += %D%/test_wire_snapshot.tap
%C%_test_wire_snapshot_tap_SOURCES = %D%/test_wire_snapshot.c $(ONLOOKER)
%C%_test_wire_snapshot_tap_LDADD = $(CONSOLE_LIBS)
check_PROGRAMS += %D%/test_sys.tap
TESTS += %D%/test_sys.tap
%C%_test_sys_tap_SOURCES = %D%/test_sys.c
%C%_test_sys_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_tokens.tap
TESTS += %D%/test_tokens.tap
%C%_test_tokens_tap_SOURCES = %D%/test_tokens.c
%C%_test_tokens_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_tokenizer.tap
TESTS += %D%/test_tokenizer.tap
%C%_test_tokenizer_tap_SOURCES = %D%/test_tokenizer.c
%C%_test_tokenizer_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_trail.tap
TESTS += %D%/test_trail.tap
%C%_test_trail_tap_SOURCES = %D%/test_trail.c
%C%_test_trail_tap_LDADD = $(TEST_LIBS)
check_PROGRAMS += %D%/test_uuid.tap
TESTS += %D%/test_uuid.tap
%C%_test_uuid_tap_SOURCES = %D%/test_uuid.c
%C%_test_uuid_tap_LDADD = $(TEST_LIBS)
endif

TESTS += %D%/e2e_same_corpus.sh
EXTRA_DIST += %D%/e2e_same_corpus.sh
TESTS += %D%/e2e_damaged.sh
EXTRA_DIST += %D%/e2e_damaged.sh
TESTS += %D%/e2e_again.sh
EXTRA_DIST += %D%/e2e_again.sh
TESTS += %D%/e2e_badinput.sh
EXTRA_DIST += %D%/e2e_badinput.sh
TESTS += %D%/e2e_chroma.sh
EXTRA_DIST += %D%/e2e_chroma.sh
TESTS += %D%/e2e_console.sh
EXTRA_DIST += %D%/e2e_console.sh
TESTS += %D%/e2e_ctl.sh
EXTRA_DIST += %D%/e2e_ctl.sh
TESTS += %D%/e2e_detach.sh
EXTRA_DIST += %D%/e2e_detach.sh
TESTS += %D%/e2e_elastic.sh
EXTRA_DIST += %D%/e2e_elastic.sh
TESTS += %D%/e2e_ends.sh
EXTRA_DIST += %D%/e2e_ends.sh
TESTS += %D%/e2e_endpoints.sh
EXTRA_DIST += %D%/e2e_endpoints.sh
TESTS += %D%/e2e_exec.sh
EXTRA_DIST += %D%/e2e_exec.sh
TESTS += %D%/e2e_exec_store.sh
EXTRA_DIST += %D%/e2e_exec_store.sh
TESTS += %D%/e2e_fresh.sh
EXTRA_DIST += %D%/e2e_fresh.sh
TESTS += %D%/e2e_hosted.sh
EXTRA_DIST += %D%/e2e_hosted.sh
EXTRA_DIST += %D%/real_servers.sh %D%/milvus_facade.py
TESTS += %D%/e2e_milvus_real.sh
EXTRA_DIST += %D%/e2e_milvus_real.sh
TESTS += %D%/e2e_weaviate.sh
EXTRA_DIST += %D%/e2e_weaviate.sh
TESTS += %D%/e2e_judge.sh
EXTRA_DIST += %D%/e2e_judge.sh
check_PROGRAMS += %D%/rawcheck
%C%_rawcheck_SOURCES = %D%/rawcheck.c
%C%_rawcheck_LDADD = libengine.a $(CURSES_LIBS) $(DEPS_LIBS) -lm
TESTS += %D%/e2e_hostile.sh
EXTRA_DIST += %D%/e2e_hostile.sh
TESTS += %D%/e2e_jvm.sh
EXTRA_DIST += %D%/e2e_jvm.sh %D%/jvm_server.sh \
	%D%/jvm/ClasspathPlugins.java %D%/jvm/EsNode.java \
	%D%/jvm/OsNode.java %D%/jvm/Root.java \
	%D%/jvm/es8/RootPlugin.java %D%/jvm/es9/RootPlugin.java \
	%D%/jvm/os3/QueryBuilderProtoConverter.java \
	%D%/jvm/os3/QueryBuilderProtoConverterRegistry.java \
	%D%/jvm/os3/QueryContainer.java
TESTS += %D%/e2e_kill.sh
EXTRA_DIST += %D%/e2e_kill.sh
TESTS += %D%/e2e_kills.sh
EXTRA_DIST += %D%/e2e_kills.sh
TESTS += %D%/e2e_lost.sh
EXTRA_DIST += %D%/e2e_lost.sh
TESTS += %D%/e2e_machine.sh
EXTRA_DIST += %D%/e2e_machine.sh %D%/shim_threads.c
TESTS += %D%/e2e_meaning.sh
EXTRA_DIST += %D%/e2e_meaning.sh %D%/e5_server.py
TESTS += %D%/e2e_memory.sh
EXTRA_DIST += %D%/e2e_memory.sh %D%/shim_malloc.c
TESTS += %D%/e2e_milvus.sh
EXTRA_DIST += %D%/e2e_milvus.sh
TESTS += %D%/e2e_model2vec.sh
EXTRA_DIST += %D%/e2e_model2vec.sh
TESTS += %D%/e2e_options.sh
EXTRA_DIST += %D%/e2e_options.sh
TESTS += %D%/e2e_pause.sh
EXTRA_DIST += %D%/e2e_pause.sh
TESTS += %D%/e2e_phrases.sh
EXTRA_DIST += %D%/e2e_phrases.sh
TESTS += %D%/e2e_plan.sh
EXTRA_DIST += %D%/e2e_plan.sh
TESTS += %D%/e2e_policy.sh
EXTRA_DIST += %D%/e2e_policy.sh
TESTS += %D%/e2e_pgvector.sh
EXTRA_DIST += %D%/e2e_pgvector.sh
TESTS += %D%/e2e_verdicts.sh
EXTRA_DIST += %D%/e2e_verdicts.sh
TESTS += %D%/e2e_refuse.sh
EXTRA_DIST += %D%/e2e_refuse.sh
TESTS += %D%/e2e_retry.sh
EXTRA_DIST += %D%/e2e_retry.sh
TESTS += %D%/e2e_salvage.sh
EXTRA_DIST += %D%/e2e_salvage.sh
TESTS += %D%/e2e_services.sh
EXTRA_DIST += %D%/e2e_services.sh
check_PROGRAMS += %D%/ptyrun
%C%_ptyrun_SOURCES = %D%/ptyrun.c %D%/ptyrun_clock.c %D%/ptyrun.h
TESTS += %D%/e2e_spool.sh
EXTRA_DIST += %D%/e2e_spool.sh
TESTS += %D%/e2e_terminal.sh
EXTRA_DIST += %D%/e2e_terminal.sh
TESTS += %D%/e2e_prompts.sh
EXTRA_DIST += %D%/e2e_prompts.sh
TESTS += %D%/tree/house.sh
EXTRA_DIST += %D%/tree/house.pl %D%/tree/house.sh
TESTS += %D%/headers.sh
EXTRA_DIST += %D%/headers.sh
TESTS += %D%/layers.sh
EXTRA_DIST += %D%/layers.sh
TESTS += %D%/manual.sh
EXTRA_DIST += %D%/manual.sh
EXTRA_DIST += %D%/lib.sh %D%/terminal.sh

# The long form of e2e_kills.sh: some 25 minutes.
.PHONY: kill-test
kill-test: batchtop tests/fakeapi
	@KILLS_RANDOM=$${KILLS_RANDOM:-500} KILLS_CALLS=$${KILLS_CALLS:-300} \
	srcdir=$(srcdir) BATCHTOP=./batchtop FAKEAPI=tests/fakeapi \
	$(SHELL) $(srcdir)/%D%/e2e_kills.sh

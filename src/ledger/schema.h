/*
 * The tables of a ledger and every statement that runs on them.
 *
 *   job      key, value. Keys that begin with "ledger." are our own:
 *            ledger.job, .started, .opened and .updated (wall seconds),
 *            .totals, .done (documents in `done`), .ids_before (see below),
 *            .above (the smallest row of `done` that may reach above the
 *            frontier of its source). "identity.NAME".
 *   source   a corpus file, by its number on the command line. `seal` is a hash
 *            of the other columns: we check it, since a flipped bit in a
 *            frontier would skip documents.
 *   done     a row per batch, appended: positions and ids as in ledger_pack.h,
 *            beside them the first and last position. source is -1 where
 *            positions are unknown.
 *   failed   a row per document; fault is an enum outcome.
 *
 * Rows of `done` below ledger.ids_before are of an earlier state of the corpus:
 * their ids count, their positions do not. Failures of that time have a
 * position of LEDGER_NOWHERE or more. As .above is never below .ids_before, one
 * wrong digit in either of them causes work, but skips nothing.
 *
 * Pages are small because rows of some 1.6 or 3.2 KiB (a hundred UUIDs, a
 * hundred hashes) leave a large part of a 4 KiB page empty, and because each
 * group commit writes its few changed pages whole.
 */
#ifndef BATCHTOP_LEDGER_SCHEMA_H
#define BATCHTOP_LEDGER_SCHEMA_H

enum {
    SCHEMA_APPLICATION = 0x62544c31, /* in the header of the file: "bTL1" */
    SCHEMA_VERSION = 1,
};

/* failed.fault: the first two are open failures. */
enum outcome {
    OUTCOME_FAILED,
    OUTCOME_REJECTED,
    OUTCOME_SKIPPED,
    OUTCOME_SUPERSEDED,
    OUTCOME_HEALED,
    OUTCOMES
};

#define SCHEMA_MAKE                                                            \
    "CREATE TABLE job(key TEXT PRIMARY KEY, value TEXT NOT NULL)"              \
    " WITHOUT ROWID;"                                                          \
    "CREATE TABLE source(number INTEGER PRIMARY KEY, path TEXT NOT NULL,"      \
    " size INTEGER, mtime_ns INTEGER, inode INTEGER, head_hash INTEGER,"       \
    " tail_hash INTEGER, seekable INTEGER, frontier_pos INTEGER,"              \
    " frontier_offset INTEGER, frontier_line INTEGER, window_hash INTEGER,"    \
    " window_end INTEGER, complete INTEGER, seal INTEGER);"                    \
    "CREATE TABLE done(row INTEGER PRIMARY KEY, source INTEGER NOT NULL,"      \
    " first INTEGER, last INTEGER, count INTEGER NOT NULL,"                    \
    " body BLOB NOT NULL);"                                                    \
    "CREATE TABLE failed(row INTEGER PRIMARY KEY, source INTEGER NOT NULL,"    \
    " pos INTEGER NOT NULL, offset INTEGER, length INTEGER, line INTEGER,"     \
    " fault INTEGER NOT NULL, stage TEXT, kind TEXT, code INTEGER,"            \
    " tries INTEGER, wall_s INTEGER, id BLOB, message TEXT);"                  \
    "CREATE UNIQUE INDEX failed_place ON failed(source, pos);"                 \
    "CREATE INDEX failed_id ON failed(id);"

/* 1 << 62, see ledger.h; a row of `done` beyond it is damaged, and counting on
 * from it would overflow 64 bits. */
#define SCHEMA_NOWHERE "4611686018427387904"

#define SCHEMA_STATEMENTS(X)                                                   \
    X(BEGIN, "BEGIN IMMEDIATE")                                                \
    X(COMMIT, "COMMIT")                                                        \
    X(ROLLBACK, "ROLLBACK")                                                    \
    X(GET, "SELECT value FROM job WHERE key = ?1")                             \
    X(SET, "INSERT INTO job VALUES(?1, ?2)"                                    \
           " ON CONFLICT(key) DO UPDATE SET value = excluded.value")           \
    X(JOB_ALL, "SELECT key, value FROM job")                                   \
    X(SOURCE_COUNT, "SELECT count(*) FROM source")                             \
    X(SOURCE_GET, "SELECT * FROM source WHERE number = ?1")                    \
    X(SOURCE_SET, "INSERT OR REPLACE INTO source VALUES(?1, ?2, ?3, ?4, ?5,"   \
                  " ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)")            \
    X(DONE_ADD, "INSERT INTO done VALUES(?1, ?2, ?3, ?4, ?5, ?6)")             \
    X(DONE_LAST, "SELECT max(row) FROM done WHERE row < " SCHEMA_NOWHERE)      \
    X(DONE_SUM, "SELECT sum(count) FROM done WHERE row > ?1")                  \
    X(DONE_CUT, "DELETE FROM done WHERE row > ?1")                             \
    X(DONE_FROM, "SELECT row, source, first, last, count, body FROM done"      \
                 " WHERE row >= ?1 AND row < " SCHEMA_NOWHERE " ORDER BY row") \
    X(FAILED_ALL, "SELECT * FROM failed ORDER BY row")                         \
    X(FAILED_PUT, "INSERT INTO failed VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"  \
                  " ?9, ?10, ?11, ?12, ?13, ?14)")                             \
    X(FAILED_FORGET, "DELETE FROM failed")                                     \
    X(FAIL, "INSERT INTO failed(source, pos, offset, length, line, fault,"     \
            " stage, kind, code, tries, wall_s, id, message)"                  \
            " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"  \
            " ON CONFLICT(source, pos) DO UPDATE SET offset = ?3,"             \
            " length = ?4, line = ?5, fault = ?6, stage = ?7, kind = ?8,"      \
            " code = ?9, tries = ?10, wall_s = ?11, id = ?12, message = ?13")  \
    X(PASS_OVER, "INSERT INTO failed(source, pos, fault) VALUES(?1, ?2, ?3)"   \
                 " ON CONFLICT(source, pos) DO UPDATE SET fault = ?3")         \
    X(OUTCOME_SET, "UPDATE failed SET fault = ?3 WHERE source = ?1"            \
                   " AND pos = ?2")                                            \
    X(FAILED_DROP, "DELETE FROM failed WHERE source = ?1 AND pos = ?2")        \
    X(SUPERSEDE, "UPDATE failed SET fault = 3 WHERE id = ?1 AND fault = 0"     \
                 " AND (pos >= " SCHEMA_NOWHERE                                \
                 " OR (source, pos) < (?2, ?3))"                               \
                 " RETURNING source, pos, fault, stage, kind, code, id,"       \
                 " message")                                                   \
    X(OPEN_IDS, "SELECT id FROM failed WHERE fault = 0")                       \
    X(FAILED_ABOVE, "SELECT pos FROM failed WHERE source = ?1 AND pos >= ?2"   \
                    " AND pos < " SCHEMA_NOWHERE " ORDER BY pos")              \
    X(STALE_IDS, "SELECT id FROM failed WHERE pos >= " SCHEMA_NOWHERE)         \
    X(STALE_REJECTED, "DELETE FROM failed WHERE fault = 1")                    \
    X(STALE_CLOSED, "DELETE FROM failed WHERE fault >= 3")                     \
    X(STALE_MOVE, "UPDATE failed SET pos = row + " SCHEMA_NOWHERE              \
                  " WHERE pos < " SCHEMA_NOWHERE)                              \
    /* The commonest message of a kind, whatever its line, as its newest row   \
     * says it: the count is above the row in one number. */                   \
    X(KINDS, "SELECT fault, stage, kind, code, sum(m) AS n,"                   \
             " max(min(m, 8388607) << 40 | r), message FROM"                   \
             " (SELECT fault, stage, kind, code, count(*) AS m,"               \
             " max(row) AS r, message FROM failed WHERE fault <= 1"            \
             " GROUP BY fault, stage,"                                         \
             " kind, code, substr(message, instr(message, ': ')))"             \
             " GROUP BY fault, stage, kind, code ORDER BY n DESC LIMIT ?1")    \
    X(FAILURES, "SELECT source, pos, offset, length, line, fault, stage,"      \
                " kind, code, tries, wall_s, id, message FROM failed"          \
                " WHERE (source, pos) > (?1, ?2) AND fault <= 1"               \
                " ORDER BY source, pos LIMIT ?3")                              \
    X(FAILURE, "SELECT source, pos, offset, length, line, fault, stage,"       \
               " kind, code, tries, wall_s, id, message FROM failed"           \
               " WHERE source = ?1 AND pos = ?2 AND fault <= 1")               \
    X(OWED, "SELECT fault, stage, kind, code, id, message FROM failed"         \
            " WHERE source = ?1 AND pos = ?2 AND fault <= 1")                  \
    X(FAILED_COUNT, "SELECT count(*) FROM failed WHERE fault <= 1")            \
    X(FAILED_IDS, "SELECT id, message, kind, max(row) FROM failed"             \
                  " WHERE id > ?1 AND fault <= 1 GROUP BY id ORDER BY id"      \
                  " LIMIT ?2")                                                 \
    X(FAILED_NAMELESS, "SELECT f.source, f.pos, s.path, f.line, f.message,"    \
                       " f.kind FROM failed f LEFT JOIN source s"              \
                       " ON s.number = f.source WHERE f.id = x''"              \
                       " AND (f.source, f.pos) > (?1, ?2) AND f.fault <= 1"    \
                       " ORDER BY f.source, f.pos LIMIT ?3")

enum schema_statement {
#define X(name, text) SQL_##name,
    SCHEMA_STATEMENTS(X)
#undef X
        SQL_COUNT
};

#endif

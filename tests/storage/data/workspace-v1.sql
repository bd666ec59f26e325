-- rote.db of version 1, as written by the first rote that had one. Never edited.
PRAGMA application_id = 1919906917;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) STRICT, WITHOUT ROWID;
CREATE TABLE user (user INTEGER PRIMARY KEY, user_id TEXT NOT NULL, length INTEGER NOT NULL) STRICT;
CREATE TABLE item (item INTEGER PRIMARY KEY, item_id TEXT NOT NULL, title TEXT, category TEXT, semid TEXT) STRICT;
CREATE TABLE item_field (item INTEGER NOT NULL REFERENCES item, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (item, name)) STRICT, WITHOUT ROWID;
CREATE TABLE sequence (user INTEGER PRIMARY KEY REFERENCES user, items BLOB NOT NULL, times BLOB, ratings BLOB) STRICT;
CREATE TABLE bad_row (file TEXT NOT NULL, line INTEGER NOT NULL, reason TEXT NOT NULL, text TEXT) STRICT;
CREATE TABLE run (run INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, model TEXT NOT NULL, strategy TEXT NOT NULL, options TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')), trained_on TEXT NOT NULL CHECK (trained_on IN ('train', 'train+valid')), trained_on_assumed INTEGER NOT NULL, fingerprint TEXT NOT NULL, seed INTEGER NOT NULL, created INTEGER NOT NULL, started INTEGER, ended INTEGER, seconds REAL, kernel TEXT, error TEXT) STRICT;
CREATE TABLE run_event (run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE, seq INTEGER NOT NULL, time INTEGER NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (run, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE run_file (run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE, kind TEXT NOT NULL, part TEXT NOT NULL, edges TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (run, kind, part, edges)) STRICT, WITHOUT ROWID;
CREATE TABLE metric (run INTEGER NOT NULL, part TEXT NOT NULL, definition TEXT NOT NULL, place INTEGER NOT NULL, name TEXT NOT NULL, value REAL, lo REAL, hi REAL, PRIMARY KEY (run, part, definition, place)) STRICT, WITHOUT ROWID;
CREATE TRIGGER run_deleted AFTER DELETE ON run BEGIN DELETE FROM metric WHERE run = old.run; END;
INSERT INTO meta VALUES ('users','2'),('items','3'),('interactions','5'),('imported','1700000000'),
 ('import_id','00000000000000aa'),('split','leave-one-out'),('has_times','1'),('has_ratings','0'),
 ('semid_levels','0'),('fingerprint','0123456789abcdef'),('structure_fingerprint','fedcba9876543210');
INSERT INTO user VALUES (0,'ann',3),(1,'bob',2);
INSERT INTO item VALUES (0,'A0A','first',NULL,NULL),(1,'B0B',NULL,'cat',NULL),(2,'B0C',NULL,NULL,NULL);
INSERT INTO sequence VALUES (0,x'000102',x'c8010203',NULL),(1,x'0100',x'0eca04',NULL);
INSERT INTO run (name,model,strategy,options,state,trained_on,trained_on_assumed,fingerprint,seed,created)
 VALUES ('markov','markov','next-item','{}','done','train',0,'0123456789abcdef',1,1700000001);
PRAGMA user_version = 1;

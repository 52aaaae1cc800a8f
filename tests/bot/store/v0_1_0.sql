-- What llmstream 0.1.0 kept of a chat: two answers, a reset between them, and one that was cut by SIGKILL.
-- Written by it, in a real maubot 0.6.0 with SQLite.
BEGIN TRANSACTION;
CREATE TABLE answer_parts (
        event_id  TEXT PRIMARY KEY,
        answer_id TEXT NOT NULL REFERENCES answers (event_id) ON DELETE CASCADE,
        position  BIGINT NOT NULL
    );
INSERT INTO "answer_parts" VALUES('$4S1nsSSNjvAFdden0TcssFuSBaQ9lNuZtUR6qnJL_tI','$4S1nsSSNjvAFdden0TcssFuSBaQ9lNuZtUR6qnJL_tI',0);
INSERT INTO "answer_parts" VALUES('$BSPhBMW2I7ZlS7eMoIDquV5LqzH7Dp6M7Hr72qF4ODE','$BSPhBMW2I7ZlS7eMoIDquV5LqzH7Dp6M7Hr72qF4ODE',0);
CREATE TABLE answers (
        event_id         TEXT PRIMARY KEY,
        room_id          TEXT NOT NULL,
        question_id      TEXT NOT NULL,
        thread_root      TEXT NOT NULL,
        asker            TEXT NOT NULL,
        provider         TEXT NOT NULL,
        model            TEXT NOT NULL,
        text             TEXT NOT NULL,
        status           TEXT NOT NULL,
        finish_reason    TEXT NOT NULL,
        input_tokens     BIGINT,
        output_tokens    BIGINT,
        reasoning_tokens BIGINT,
        cost             DOUBLE PRECISION,
        created_at       BIGINT NOT NULL
    );
INSERT INTO "answers" VALUES('$4S1nsSSNjvAFdden0TcssFuSBaQ9lNuZtUR6qnJL_tI','!4nx5Wij83jq0G7iBiMMBmy453Ugx8bc8UowIsRjXAZI','$jVur9TSebxt1OoIdDOC6mEl0UFvyqBE3XPKhpmwAJ3M','','@alice:localhost','tested','small','Hello from the model.','complete','stop',11,7,NULL,2.49999999999999978099e-05,1795688716048);
INSERT INTO "answers" VALUES('$BSPhBMW2I7ZlS7eMoIDquV5LqzH7Dp6M7Hr72qF4ODE','!4nx5Wij83jq0G7iBiMMBmy453Ugx8bc8UowIsRjXAZI','$zrNwaFDdEBN0bAcwVoJ-wXpllwPYqh710DhVGqUE_JA','','@alice:localhost','tested','small','Hello from the model.','complete','stop',11,7,NULL,2.49999999999999978099e-05,1795688716276);
CREATE TABLE budgets (
        account    TEXT PRIMARY KEY,
        rate       DOUBLE PRECISION NOT NULL,
        size       DOUBLE PRECISION NOT NULL,
        learned_at BIGINT NOT NULL
    );
CREATE TABLE resets (
        room_id     TEXT NOT NULL,
        thread_root TEXT NOT NULL,
        at          BIGINT NOT NULL,
        PRIMARY KEY (room_id, thread_root)
    );
INSERT INTO "resets" VALUES('!4nx5Wij83jq0G7iBiMMBmy453Ugx8bc8UowIsRjXAZI','',1795688716182);
CREATE TABLE streams (
    event_id    TEXT PRIMARY KEY,
    room_id     TEXT NOT NULL,
    question_id TEXT NOT NULL,
    thread_root TEXT NOT NULL,
    asker       TEXT NOT NULL,
    provider    TEXT NOT NULL,
    model       TEXT NOT NULL,
    text        TEXT NOT NULL,
    parts       TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);
INSERT INTO "streams" VALUES('$y1in-R9sNOdygdZVcuEe7XlqWkr-R82319ozBAWBfTY','!4nx5Wij83jq0G7iBiMMBmy453Ugx8bc8UowIsRjXAZI','$clAxJl7VjlNeb7iFk7Y_in5z_fl8evMp7n6nmVEAl4s','','@alice:localhost','tested','small','a b c d e','["$y1in-R9sNOdygdZVcuEe7XlqWkr-R82319ozBAWBfTY"]',1795688716587,1795688721593);
CREATE TABLE usage (
        id            TEXT PRIMARY KEY,
        room_id       TEXT NOT NULL,
        person        TEXT NOT NULL,
        provider      TEXT NOT NULL,
        model         TEXT NOT NULL,
        input_tokens  BIGINT NOT NULL,
        output_tokens BIGINT NOT NULL,
        cost          DOUBLE PRECISION NOT NULL,
        settled       BOOLEAN NOT NULL,
        at            BIGINT NOT NULL
    );
INSERT INTO "usage" VALUES('49496ded61b449848ddc3a9238635c2a','!4nx5Wij83jq0G7iBiMMBmy453Ugx8bc8UowIsRjXAZI','@alice:localhost','tested','small',11,7,2.49999999999999978099e-05,1,1795688715597);
INSERT INTO "usage" VALUES('6b218fc0e3454549bdb2e0268fedce2c','!4nx5Wij83jq0G7iBiMMBmy453Ugx8bc8UowIsRjXAZI','@alice:localhost','tested','small',11,7,2.49999999999999978099e-05,1,1795688716257);
INSERT INTO "usage" VALUES('9580463d295b4fb58f4f487544edbd30','!4nx5Wij83jq0G7iBiMMBmy453Ugx8bc8UowIsRjXAZI','@alice:localhost','tested','small',9,1000,0.0,0,1795688716318);
CREATE TABLE version (
                version INTEGER PRIMARY KEY
            );
INSERT INTO "version" VALUES(2);
CREATE INDEX answers_by_question ON answers (room_id, question_id);
CREATE INDEX answers_by_thread ON answers (room_id, thread_root, created_at);
CREATE INDEX answers_by_time ON answers (created_at);
CREATE INDEX answer_parts_by_answer ON answer_parts (answer_id, position);
CREATE INDEX usage_by_person ON usage (person, at);
CREATE INDEX usage_by_room ON usage (room_id, at);
CREATE INDEX usage_by_time ON usage (at);
COMMIT;

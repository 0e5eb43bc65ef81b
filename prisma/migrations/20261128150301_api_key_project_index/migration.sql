-- One statement, so that it is no transaction: the index is built while the table is written.
-- A project's rows are found by it, also by the foreign key when the project goes.
CREATE INDEX CONCURRENTLY "api_key_project_id_idx" ON "api_key"("project_id");

-- One statement, so that it is no transaction: the index is built while the table is written.
-- A project's rows are found by it, also by the foreign key when the project goes.
CREATE INDEX CONCURRENTLY "portal_link_project_id_idx" ON "portal_link"("project_id");

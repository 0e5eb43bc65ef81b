UPDATE "issue"
   SET "external_key" = left("external_key", 255), "url" = left("url", 2048), "title" = left("title", 1000),
       "state" = left("state", 1000), "priority" = left("priority", 1000), "assignee" = left("assignee", 1000)
 WHERE char_length("external_key") > 255 OR char_length("url") > 2048 OR char_length("title") > 1000
    OR char_length("state") > 1000 OR char_length("priority") > 1000 OR char_length("assignee") > 1000;

ALTER TABLE "issue" VALIDATE CONSTRAINT "issue_lengths_check";

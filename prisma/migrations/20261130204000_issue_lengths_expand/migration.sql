-- What a tracker answers is bounded before it is stored. For what is stored already, the next migration cuts it, and then checks all:
-- apart, so that the table is locked for this statement alone. An older build never meets it, but for an issue that is longer than any
-- tracker makes it: that waits until the build is replaced.
ALTER TABLE "issue" ADD CONSTRAINT "issue_lengths_check" CHECK (
  char_length("external_key") <= 255 AND char_length("url") <= 2048
  AND char_length("title") <= 1000 AND char_length("state") <= 1000
  AND char_length("priority") <= 1000 AND char_length("assignee") <= 1000
) NOT VALID;

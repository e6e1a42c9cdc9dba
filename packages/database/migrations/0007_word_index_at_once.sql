-- Words go into their indexes at once. What still waits is put in now: an index without the list reads an old one all the same.
ALTER INDEX "entity_vectors_lexemes_index" SET (fastupdate = false);--> statement-breakpoint
ALTER INDEX "entity_vectors_title_lexemes_index" SET (fastupdate = false);--> statement-breakpoint
SELECT gin_clean_pending_list('entity_vectors_lexemes_index'::regclass), gin_clean_pending_list('entity_vectors_title_lexemes_index'::regclass);

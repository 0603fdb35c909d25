DROP TABLE change_head;

DROP TABLE text_pages;

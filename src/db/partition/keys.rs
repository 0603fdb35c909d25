//! The keys of `products` in both shapes, read from the table's own definition, so that keys of later migrations move along.

use crate::error::{Error, Result};

/// What the primary key becomes. It begins with PRIMARY, so `FORCE INDEX (PRIMARY)` still finds it.
pub(super) const BY_ID: &str = "PRIMARY_of_products";

/// Keys that are unique in the plain table; in the other shape `product_keys` holds their columns.
const UNIQUE: [&str; 2] = ["products_slug", "products_sku_key"];

pub(super) const TABLE: &str = "CREATE TABLE product_keys (\
    product_id INT NOT NULL PRIMARY KEY, \
    slug VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, \
    sku_key VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL, \
    UNIQUE KEY product_keys_slug (slug), UNIQUE KEY product_keys_sku_key (sku_key)\
    ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci";

pub(super) const TRIGGERS: [(&str, &str); 3] = [
    (
        "product_keys_insert",
        "CREATE TRIGGER product_keys_insert AFTER INSERT ON products FOR EACH ROW \
         INSERT INTO product_keys (product_id, slug, sku_key) VALUES (NEW.product_id, NEW.slug, NEW.sku_key)",
    ),
    (
        "product_keys_update",
        "CREATE TRIGGER product_keys_update AFTER UPDATE ON products FOR EACH ROW \
         UPDATE product_keys SET slug = NEW.slug, sku_key = NEW.sku_key WHERE product_id = NEW.product_id \
         AND NOT (slug <=> NEW.slug AND sku_key <=> NEW.sku_key)",
    ),
    (
        "product_keys_delete",
        "CREATE TRIGGER product_keys_delete AFTER DELETE ON products FOR EACH ROW \
         DELETE FROM product_keys WHERE product_id = OLD.product_id",
    ),
];

/// Those that a trigger wrote already are left out; the plain table's own keys still see to it that none is double.
pub(super) const FILL: &str = "INSERT IGNORE INTO product_keys (product_id, slug, sku_key) \
    SELECT product_id, slug, sku_key FROM products";

/// One key of a definition.
struct Key<'a> {
    unique: bool,
    /// Empty for the primary key.
    name: &'a str,
    /// `` `a`,`b` ``
    columns: &'a str,
}

/// The changes that let the table be partitioned. Plain keys end in the id, as InnoDB let them end in the primary key:
/// so lists still need no sort.
pub(super) fn split(definition: &str) -> Result<Vec<String>> {
    let mut changes = Vec::new();
    for key in keys(definition) {
        let Key {
            unique,
            name,
            columns,
        } = key;
        if name.is_empty() {
            changes.push(format!("DROP PRIMARY KEY, ADD KEY `{BY_ID}` ({columns})"));
        } else if unique && UNIQUE.contains(&name) {
            changes.push(format!("DROP KEY `{name}`, ADD KEY `{name}` ({columns})"));
        } else if unique || columns.contains("`product_id`") {
            return Err(Error::bad_request(
                "cannot_partition",
                format!("The key {name} of products is unique or holds the id; this version cannot move it."),
            ));
        } else {
            changes.push(format!(
                "DROP KEY `{name}`, ADD KEY `{name}` ({columns},`product_id`)"
            ));
        }
    }
    Ok(changes)
}

/// The changes that undo [`split`].
pub(super) fn joined(definition: &str) -> Vec<String> {
    let change = |key: Key<'_>| {
        let Key { name, columns, .. } = key;
        if name == BY_ID {
            format!("DROP KEY `{BY_ID}`, ADD PRIMARY KEY ({columns})")
        } else if UNIQUE.contains(&name) {
            format!("DROP KEY `{name}`, ADD UNIQUE KEY `{name}` ({columns})")
        } else {
            let columns = columns.strip_suffix(",`product_id`").unwrap_or(columns);
            format!("DROP KEY `{name}`, ADD KEY `{name}` ({columns})")
        }
    };
    keys(definition).map(change).collect()
}

/// The keys as `SHOW CREATE TABLE` writes them, without those of full text, which stay.
fn keys(definition: &str) -> impl Iterator<Item = Key<'_>> {
    definition.lines().filter_map(|line| {
        let line = line.trim().trim_end_matches(',');
        let (head, columns) = line.split_once(" (")?;
        let columns = columns.strip_suffix(')')?;
        let named = |words: &str| head.strip_prefix(words)?.strip_suffix('`');
        let (unique, name) = if head == "PRIMARY KEY" {
            (true, "")
        } else if let Some(name) = named("UNIQUE KEY `") {
            (true, name)
        } else {
            (false, named("KEY `")?)
        };
        Some(Key {
            unique,
            name,
            columns,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "CREATE TABLE `products` (\n  `product_id` int(11) NOT NULL AUTO_INCREMENT,\n  \
        `name` varchar(255) NOT NULL,\n  PRIMARY KEY (`product_id`),\n  UNIQUE KEY `products_slug` (`slug`),\n  \
        KEY `products_newest` (`category`,`created_at`),\n  FULLTEXT KEY `products_text` (`name`),\n  \
        CONSTRAINT `named` CHECK (char_length(`name`) >= 1)\n) ENGINE=InnoDB";

    #[test]
    fn each_key_keeps_its_name_on_the_way_there() {
        assert_eq!(
            split(PLAIN).unwrap(),
            [
                "DROP PRIMARY KEY, ADD KEY `PRIMARY_of_products` (`product_id`)",
                "DROP KEY `products_slug`, ADD KEY `products_slug` (`slug`)",
                "DROP KEY `products_newest`, ADD KEY `products_newest` (`category`,`created_at`,`product_id`)",
            ]
        );
    }

    #[test]
    fn each_key_is_as_before_on_the_way_back() {
        let partitioned = "  KEY `PRIMARY_of_products` (`product_id`),\n  KEY `products_slug` (`slug`),\n  \
            KEY `products_newest` (`category`,`created_at`,`product_id`),\n  KEY `added_later` (`brand`)";
        assert_eq!(
            joined(partitioned),
            [
                "DROP KEY `PRIMARY_of_products`, ADD PRIMARY KEY (`product_id`)",
                "DROP KEY `products_slug`, ADD UNIQUE KEY `products_slug` (`slug`)",
                "DROP KEY `products_newest`, ADD KEY `products_newest` (`category`,`created_at`)",
                "DROP KEY `added_later`, ADD KEY `added_later` (`brand`)",
            ]
        );
    }

    #[test]
    fn a_unique_key_that_nothing_would_hold_up_is_refused() {
        let newer = PLAIN.replace("products_slug", "products_gtin");
        assert!(split(&newer).is_err());
    }
}

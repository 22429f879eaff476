-- One row per core table: whether the pipeline supplies it.
--
-- What a table that nobody supplies would count is unknown, not zero.

select
    table_name,
    is_supplied
from ledger.supplied

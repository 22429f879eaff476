-- One row per entry of the points ledger.
--
-- A customer that no system has a record of keeps the id under which it came.

select
    entry.entry_id,
    coalesce(link.customer_key, entry.source_system || '-' || entry.source_customer_id) as customer_key,
    entry.kind,
    entry.points,
    entry.posted_on
from staging.points_entry as entry
left join match.customer as link
    on entry.source_system = link.source_system
    and entry.source_customer_id = link.source_customer_id

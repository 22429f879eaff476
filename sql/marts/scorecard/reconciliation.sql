-- One row per source and stage of the pipeline, and snapshot.
--
-- What entered a stage must have left it, been quarantined or been removed, in rows and in money.

select
    $as_of as as_of,
    source,
    stage,
    cast(rows_in as bigint) as rows_in,
    cast(rows_out as bigint) as rows_out,
    cast(quarantined as bigint) as quarantined,
    cast(duplicates_removed as bigint) as duplicates_removed,
    cast(filtered as bigint) as filtered,
    cast(coalesce(amount_in, 0) as decimal(38, 2)) as amount_in,
    cast(coalesce(amount_out, 0) as decimal(38, 2)) as amount_out,
    cast(coalesce(amount_quarantined, 0) as decimal(38, 2)) as amount_quarantined,
    cast(coalesce(amount_removed, 0) as decimal(38, 2)) as amount_removed,
    cast(
        coalesce(amount_in, 0)
        - coalesce(amount_out, 0)
        - coalesce(amount_quarantined, 0)
        - coalesce(amount_removed, 0)
        as decimal(38, 2)
    ) as difference
from ledger.stage

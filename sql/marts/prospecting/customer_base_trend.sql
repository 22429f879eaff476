-- One row per month from the first sale on, kind of segment and segment of buyers.
--
-- Segments are what the customer is now: who moves to another region takes the past along.

select
    months.month,
    base.segment_kind,
    base.segment,
    base.new_customers,
    base.active,
    base.reactivated,
    base.lapsed,
    base.total,
    base.net_change
from work.customer_base as base
inner join work.month as months on base.month_no = months.month_no

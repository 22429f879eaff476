-- One row per core table, dimension of quality and rule, and snapshot.
--
-- Blank is missing. Completeness counts all rows of a table; the other rules count the rows that have what the rule is
-- about: a mail address, a close, a key. A case that is still open, or points that somebody adjusted, can break no rule.
-- A row breaks the rule of lengths once, however many of its texts are too long. Every table is read once.

with

customer as (
    select
        nullif(btrim(customer_name), '') as customer_name,
        nullif(btrim(email), '') as email,
        nullif(btrim(phone), '') as phone,
        nullif(btrim(region), '') as region,
        nullif(btrim(city), '') as city,
        nullif(btrim(address), '') as address,
        birth_date
    from core.customer
),

customer_measure as (
    select
        'customer' as table_name,
        make_array(
            named_struct(
                'dimension', 'completeness', 'rule', 'name',
                'row_count', count(*),
                'failed', count(*) filter (where customer_name is null)
            ),
            named_struct(
                'dimension', 'completeness', 'rule', 'email_or_phone',
                'row_count', count(*),
                'failed', count(*) filter (where email is null and phone is null)
            ),
            named_struct(
                'dimension', 'completeness', 'rule', 'region',
                'row_count', count(*),
                'failed', count(*) filter (where region is null)
            ),
            named_struct(
                'dimension', 'completeness', 'rule', 'city',
                'row_count', count(*),
                'failed', count(*) filter (where city is null)
            ),
            named_struct(
                'dimension', 'accuracy', 'rule', 'email_form',
                'row_count', count(email),
                'failed', count(*) filter (where not regexp_like(email, '\A[^@\s]+@[^@\s]+\.[^@\s.]+\z'))
            ),
            named_struct(
                'dimension', 'accuracy', 'rule', 'phone_e164',
                'row_count', count(phone),
                'failed', count(*) filter (where not regexp_like(phone, '\A\+[1-9][0-9]{6,14}\z'))
            ),
            named_struct(
                'dimension', 'accuracy', 'rule', 'birth_date_range',
                'row_count', count(birth_date),
                'failed', count(*) filter (where birth_date < date '1900-01-01' or birth_date > $as_of)
            ),
            named_struct(
                'dimension', 'accuracy', 'rule', 'length',
                'row_count', count(coalesce(customer_name, phone, email, address)),
                'failed', count(*) filter (
                    where character_length(customer_name) > 50
                    or character_length(phone) > 20
                    or character_length(email) > 100
                    or character_length(address) > 200
                )
            )
        ) as measures
    from customer
),

product_measure as (
    select
        'product' as table_name,
        make_array(
            named_struct(
                'dimension', 'completeness', 'rule', 'category',
                'row_count', count(*),
                'failed', count(*) filter (where coalesce(btrim(category), '') = '')
            )
        ) as measures
    from core.product
),

sale as (
    select
        nullif(btrim(sale.customer_key), '') as customer_key,
        nullif(btrim(sale.product_id), '') as product_id,
        sale.cost_amount,
        sale.net_amount,
        sale.quantity,
        sale.gross_amount - sale.discount_amount as gross_less_discount,
        case when sale.is_return then -1 else 1 end as direction,
        sale.ordered_on,
        known_customer.customer_key as known_customer_key,
        known_product.product_id as known_product_id
    from core.sale as sale
    left join core.customer as known_customer
        on sale.customer_key = known_customer.customer_key
    left join core.product as known_product
        on sale.product_id = known_product.product_id
),

sale_measure as (
    select
        'sale' as table_name,
        make_array(
            named_struct(
                'dimension', 'completeness', 'rule', 'customer_key',
                'row_count', count(*),
                'failed', count(*) filter (where customer_key is null)
            ),
            named_struct(
                'dimension', 'completeness', 'rule', 'product_id',
                'row_count', count(*),
                'failed', count(*) filter (where product_id is null)
            ),
            named_struct(
                'dimension', 'completeness', 'rule', 'cost_amount',
                'row_count', count(*),
                'failed', count(*) filter (where cost_amount is null)
            ),
            named_struct(
                'dimension', 'accuracy', 'rule', 'sign',
                'row_count', count(coalesce(net_amount, quantity)),
                'failed', count(*) filter (where net_amount * direction < 0 or quantity * direction < 0)
            ),
            named_struct(
                'dimension', 'consistency', 'rule', 'net_is_gross_less_discount',
                'row_count', count(net_amount - gross_less_discount),
                'failed', count(*) filter (where net_amount <> gross_less_discount)
            ),
            named_struct(
                'dimension', 'consistency', 'rule', 'customer_exists',
                'row_count', count(customer_key),
                'failed', count(*) filter (where customer_key is not null and known_customer_key is null)
            ),
            named_struct(
                'dimension', 'consistency', 'rule', 'product_exists',
                'row_count', count(product_id),
                'failed', count(*) filter (where product_id is not null and known_product_id is null)
            ),
            named_struct(
                'dimension', 'timeliness', 'rule', 'newest_within_7_days',
                'row_count', cast(1 as bigint),
                'failed', case when max(ordered_on) > $as_of - interval '7 days' then 0 else 1 end
            )
        ) as measures
    from sale
),

opportunity_measure as (
    select
        'opportunity' as table_name,
        make_array(
            named_struct(
                'dimension', 'consistency', 'rule', 'closed_has_day',
                'row_count', count(*) filter (where outcome in ('won', 'lost')),
                'failed', count(*) filter (
                    where outcome in ('won', 'lost') and not coalesce(closed_on >= created_on, false)
                )
            ),
            named_struct(
                'dimension', 'timeliness', 'rule', 'newest_within_7_days',
                'row_count', cast(1 as bigint),
                'failed', case when max(created_on) > $as_of - interval '7 days' then 0 else 1 end
            )
        ) as measures
    from core.opportunity
),

campaign_touch_measure as (
    select
        'campaign_touch' as table_name,
        make_array(
            named_struct(
                'dimension', 'consistency', 'rule', 'campaign_exists',
                'row_count', count(nullif(btrim(touch.campaign_id), '')),
                'failed', count(*) filter (where btrim(touch.campaign_id) <> '' and known.campaign_id is null)
            ),
            named_struct(
                'dimension', 'timeliness', 'rule', 'newest_within_7_days',
                'row_count', cast(1 as bigint),
                'failed', case
                    when cast(local_timestamp(max(touch.touched_at), $timezone) as date) > $as_of - interval '7 days' then 0
                    else 1
                end
            )
        ) as measures
    from core.campaign_touch as touch
    left join core.campaign as known
        on touch.campaign_id = known.campaign_id
),

service_case_measure as (
    select
        'service_case' as table_name,
        make_array(
            named_struct(
                'dimension', 'accuracy', 'rule', 'csat_range',
                'row_count', count(csat),
                'failed', count(*) filter (where csat not between 1 and 5)
            ),
            named_struct(
                'dimension', 'accuracy', 'rule', 'nps_range',
                'row_count', count(nps),
                'failed', count(*) filter (where nps not between 0 and 10)
            ),
            named_struct(
                'dimension', 'consistency', 'rule', 'closed_after_opened',
                'row_count', count(closed_at),
                'failed', count(*) filter (where closed_at < opened_at)
            ),
            named_struct(
                'dimension', 'timeliness', 'rule', 'newest_within_7_days',
                'row_count', cast(1 as bigint),
                'failed', case
                    when cast(local_timestamp(max(opened_at), $timezone) as date) > $as_of - interval '7 days' then 0
                    else 1
                end
            )
        ) as measures
    from core.service_case
),

interaction_measure as (
    select
        'interaction' as table_name,
        make_array(
            named_struct(
                'dimension', 'timeliness', 'rule', 'newest_within_7_days',
                'row_count', cast(1 as bigint),
                'failed', case
                    when cast(local_timestamp(max(occurred_at), $timezone) as date) > $as_of - interval '7 days' then 0
                    else 1
                end
            )
        ) as measures
    from core.interaction
),

points_entry_measure as (
    select
        'points_entry' as table_name,
        make_array(
            named_struct(
                'dimension', 'consistency', 'rule', 'sign',
                'row_count', count(points) filter (where kind in ('earn', 'redeem', 'expire')),
                'failed', count(*) filter (
                    where (kind = 'earn' and points < 0) or (kind in ('redeem', 'expire') and points > 0)
                )
            ),
            named_struct(
                'dimension', 'timeliness', 'rule', 'newest_within_7_days',
                'row_count', cast(1 as bigint),
                'failed', case when max(posted_on) > $as_of - interval '7 days' then 0 else 1 end
            )
        ) as measures
    from core.points_entry
),

stock_level_measure as (
    select
        'stock_level' as table_name,
        make_array(
            named_struct(
                'dimension', 'timeliness', 'rule', 'newest_within_7_days',
                'row_count', cast(1 as bigint),
                'failed', case when max(counted_on) > $as_of - interval '7 days' then 0 else 1 end
            )
        ) as measures
    from core.stock_level
),

supply_order_measure as (
    select
        'supply_order' as table_name,
        make_array(
            named_struct(
                'dimension', 'timeliness', 'rule', 'newest_within_7_days',
                'row_count', cast(1 as bigint),
                'failed', case when max(ordered_on) > $as_of - interval '7 days' then 0 else 1 end
            )
        ) as measures
    from core.supply_order
),

table_measure as (
    select * from customer_measure
    union all
    select * from product_measure
    union all
    select * from sale_measure
    union all
    select * from opportunity_measure
    union all
    select * from campaign_touch_measure
    union all
    select * from service_case_measure
    union all
    select * from interaction_measure
    union all
    select * from points_entry_measure
    union all
    select * from stock_level_measure
    union all
    select * from supply_order_measure
),

measure as (
    select
        table_measure.table_name,
        unnest(table_measure.measures) as measured
    from table_measure
    inner join work.supplied as supplied
        on table_measure.table_name = supplied.table_name
    where supplied.is_supplied
)

select
    $as_of as as_of,
    table_name,
    measured['dimension'] as dimension,
    measured['rule'] as rule,
    measured['row_count'] as row_count,
    measured['failed'] as failed,
    1 - cast(measured['failed'] as double) / cast(nullif(measured['row_count'], 0) as double) as score
from measure

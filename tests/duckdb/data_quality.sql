-- One row per rule of a supplied table on as_of: how many of its rows keep it.
--
-- Each rule is asked of each row by itself: not in question (NULL), kept or broken.

with

asked as (
    select 'customer' as table_name, unnest([
        {'dimension': 'completeness', 'rule': 'name', 'kept': trim(coalesce(customer_name, '')) <> ''},
        {'dimension': 'completeness', 'rule': 'email_or_phone', 'kept': trim(coalesce(email, '')) <> '' or trim(coalesce(phone, '')) <> ''},
        {'dimension': 'completeness', 'rule': 'region', 'kept': trim(coalesce(region, '')) <> ''},
        {'dimension': 'completeness', 'rule': 'city', 'kept': trim(coalesce(city, '')) <> ''},
        {'dimension': 'accuracy', 'rule': 'email_form', 'kept': regexp_full_match(nullif(trim(email), ''), '[^@\s]+@[^@\s]+\.[^@\s.]+')},
        {'dimension': 'accuracy', 'rule': 'phone_e164', 'kept': regexp_full_match(nullif(trim(phone), ''), '\+[1-9][0-9]{6,14}')},
        {'dimension': 'accuracy', 'rule': 'birth_date_range', 'kept': birth_date between date '1900-01-01' and run.as_of},
        {'dimension': 'accuracy', 'rule': 'length', 'kept': case
            when trim(coalesce(customer_name, '') || coalesce(phone, '') || coalesce(email, '') || coalesce(address, '')) = '' then null
            else len(trim(coalesce(customer_name, ''))) <= 50 and len(trim(coalesce(phone, ''))) <= 20
                and len(trim(coalesce(email, ''))) <= 100 and len(trim(coalesce(address, ''))) <= 200
        end}
    ]) as answer
    from dim_customer
    cross join run
    union all
    select 'product', unnest([
        {'dimension': 'completeness', 'rule': 'category', 'kept': trim(coalesce(category, '')) <> ''}
    ])
    from dim_product
    union all
    select 'sale', unnest([
        {'dimension': 'completeness', 'rule': 'customer_key', 'kept': trim(coalesce(customer_key, '')) <> ''},
        {'dimension': 'completeness', 'rule': 'product_id', 'kept': trim(coalesce(product_id, '')) <> ''},
        {'dimension': 'completeness', 'rule': 'cost_amount', 'kept': cost_amount is not null},
        {'dimension': 'accuracy', 'rule': 'sign', 'kept': case
            when net_amount is null and quantity is null then null
            when is_return then coalesce(net_amount, 0) <= 0 and coalesce(quantity, 0) <= 0
            else coalesce(net_amount, 0) >= 0 and coalesce(quantity, 0) >= 0
        end},
        {'dimension': 'consistency', 'rule': 'net_is_gross_less_discount', 'kept': net_amount = gross_amount - discount_amount},
        {'dimension': 'consistency', 'rule': 'customer_exists', 'kept': case when trim(customer_key) <> '' then
            customer_key in (select customer_key from dim_customer where customer_key is not null) end},
        {'dimension': 'consistency', 'rule': 'product_exists', 'kept': case when trim(product_id) <> '' then
            product_id in (select product_id from dim_product where product_id is not null) end}
    ])
    from fct_sale
    union all
    select 'opportunity', unnest([
        {'dimension': 'consistency', 'rule': 'closed_has_day',
            'kept': case when outcome in ('won', 'lost') then closed_on is not null and created_on is not null and closed_on >= created_on end}
    ])
    from fct_opportunity
    union all
    select 'service_case', unnest([
        {'dimension': 'accuracy', 'rule': 'csat_range', 'kept': csat >= 1 and csat <= 5},
        {'dimension': 'accuracy', 'rule': 'nps_range', 'kept': nps >= 0 and nps <= 10},
        {'dimension': 'consistency', 'rule': 'closed_after_opened', 'kept': closed_at >= opened_at}
    ])
    from fct_service_case
    union all
    select 'campaign_touch', unnest([
        {'dimension': 'consistency', 'rule': 'campaign_exists', 'kept': case when trim(campaign_id) <> '' then
            campaign_id in (select campaign_id from dim_campaign where campaign_id is not null) end}
    ])
    from fct_campaign_touch
    union all
    select 'points_entry', unnest([
        {'dimension': 'consistency', 'rule': 'sign', 'kept': case
            when kind = 'earn' then points >= 0
            when kind in ('redeem', 'expire') then points <= 0
        end}
    ])
    from fct_points_entry
),

counted as (
    select
        table_name,
        answer.dimension as dimension,
        answer.rule as rule,
        count(answer.kept) as row_count,
        count(*) filter (where not answer.kept) as failed
    from asked
    group by all
),

-- a supplied table without a row has all its rules too
rules as (
    select unnest([
        ('customer', 'completeness', 'name'), ('customer', 'completeness', 'email_or_phone'),
        ('customer', 'completeness', 'region'), ('customer', 'completeness', 'city'),
        ('customer', 'accuracy', 'email_form'), ('customer', 'accuracy', 'phone_e164'),
        ('customer', 'accuracy', 'birth_date_range'), ('customer', 'accuracy', 'length'),
        ('product', 'completeness', 'category'),
        ('sale', 'completeness', 'customer_key'), ('sale', 'completeness', 'product_id'),
        ('sale', 'completeness', 'cost_amount'), ('sale', 'accuracy', 'sign'),
        ('sale', 'consistency', 'net_is_gross_less_discount'), ('sale', 'consistency', 'customer_exists'),
        ('sale', 'consistency', 'product_exists'), ('opportunity', 'consistency', 'closed_has_day'),
        ('service_case', 'accuracy', 'csat_range'), ('service_case', 'accuracy', 'nps_range'),
        ('service_case', 'consistency', 'closed_after_opened'), ('campaign_touch', 'consistency', 'campaign_exists'),
        ('points_entry', 'consistency', 'sign')
    ]) as named
),

newest as (
    select 'sale' as table_name, max(ordered_on) as day from fct_sale
    union all
    select 'opportunity', max(created_on) from fct_opportunity
    union all
    select 'campaign_touch', max(cast(touched_at at time zone run.timezone as date)) from fct_campaign_touch cross join run
    union all
    select 'service_case', max(cast(opened_at at time zone run.timezone as date)) from fct_service_case cross join run
    union all
    select 'interaction', max(cast(occurred_at at time zone run.timezone as date)) from fct_interaction cross join run
    union all
    select 'points_entry', max(posted_on) from fct_points_entry
    union all
    select 'stock_level', max(counted_on) from fct_stock_level
    union all
    select 'supply_order', max(ordered_on) from fct_supply_order
),

measured as (
    select
        named[1] as table_name,
        named[2] as dimension,
        named[3] as rule,
        coalesce(counted.row_count, 0) as row_count,
        coalesce(counted.failed, 0) as failed
    from rules
    left join counted
        on counted.table_name = named[1] and counted.dimension = named[2] and counted.rule = named[3]
    union all
    select table_name, 'timeliness', 'newest_within_7_days', 1, case when day > run.as_of - 7 then 0 else 1 end
    from newest
    cross join run
)

select
    run.as_of,
    measured.table_name,
    measured.dimension,
    measured.rule,
    cast(measured.row_count as bigint) as row_count,
    cast(measured.failed as bigint) as failed,
    1 - cast(measured.failed as double) / nullif(measured.row_count, 0) as score
from measured
inner join supplied on supplied.table_name = measured.table_name
cross join run

-- One row per customer on as_of: the published marts that are verified by themselves, beside facts that are picked here.

with

offers as (
    select customer_key, list(product_id order by rank) as products
    from published_next_best_product
    where as_of = (select as_of from run)
    group by customer_key
),

cases as (
    select
        customer_key,
        count(*) filter (where closed_at is null or cast(closed_at at time zone run.timezone as date) > run.as_of) as open_cases,
        max(row(opened_at, case_id)) as latest
    from fct_service_case
    cross join run
    where customer_key is not null
    group by customer_key
),

touches as (
    select
        customer_key,
        arg_max(
            row(campaign_id, cast(touched_at at time zone run.timezone as date),
                coalesce(cast(responded_at at time zone run.timezone as date) <= run.as_of, false)),
            row(touched_at, campaign_id, channel)
        ) as latest
    from fct_campaign_touch
    cross join run
    where arm = 'treatment' and customer_key is not null
    group by customer_key
),

deals as (
    select customer_key, count(*) as n, coalesce(sum(amount), 0) as amount
    from fct_opportunity
    cross join run
    where outcome = 'open' or closed_on > run.as_of
    group by customer_key
)

select
    run.as_of,
    d.customer_key, d.customer_kind, d.region, d.city, d.acquisition_channel, d.acquired_on, d.marketing_consent,
    d.owner_rep_id, r.department as owner_department,
    p.first_purchase_on, p.last_purchase_on, p.orders, p.orders_12m, p.net_sales, p.net_sales_12m, p.average_order_value,
    p.profit_12m, p.rfm_segment, p.value_score, p.value_tier, p.tier_direction, p.lifecycle, p.cluster_label,
    p.preferred_category, p.preferred_brand, p.preferred_channel, p.is_price_sensitive, p.satisfaction, p.nps_last,
    p.risk_score, p.risk_band, p.completeness,
    p.value_score as value_score_unrounded, p.risk_score as risk_score_unrounded, l.loyalty_score as loyalty_score_unrounded,
    l.tenure_days, l.purchase_days, l.next_purchase_due_on, l.days_overdue, l.churn_probability, l.churn_risk,
    l.loyalty_score, l.points_balance, l.recommended_action,
    v.historic_profit, v.clv_12m, v.clv_36m, v.value_kind,
    offers.products[1] as next_best_product_1, offers.products[2] as next_best_product_2, offers.products[3] as next_best_product_3,
    c.contacts_12m, c.last_contact_on,
    s.case_id as last_case_id, s.kind as last_case_kind,
    cast(s.opened_at at time zone run.timezone as date) as last_case_opened_on,
    case when s.case_id is not null then coalesce(cast(s.closed_at at time zone run.timezone as date) <= run.as_of, false) end as last_case_is_closed,
    case when exists (select 1 from supplied where table_name = 'service_case') then coalesce(cases.open_cases, 0) end as open_cases,
    touches.latest[1] as last_campaign_id, touches.latest[2] as last_campaign_on, touches.latest[3] as last_campaign_responded,
    case when exists (select 1 from supplied where table_name = 'opportunity') then coalesce(deals.n, 0) end as open_opportunities,
    case when exists (select 1 from supplied where table_name = 'opportunity') then coalesce(deals.amount, 0) end as open_opportunity_amount
from dim_customer as d
cross join run
left join dim_sales_rep as r on r.sales_rep_id = d.owner_rep_id
left join published_customer_profile as p on p.customer_key = d.customer_key and p.as_of = run.as_of
left join published_customer_loyalty as l on l.customer_key = d.customer_key and l.as_of = run.as_of
left join published_customer_lifetime_value as v on v.customer_key = d.customer_key and v.as_of = run.as_of
left join offers on offers.customer_key = d.customer_key
left join published_customer_contact as c on c.customer_key = d.customer_key and c.as_of = run.as_of
left join cases on cases.customer_key = d.customer_key
left join fct_service_case as s on s.case_id = cases.latest[2]
left join touches on touches.customer_key = d.customer_key
left join deals on deals.customer_key = d.customer_key

-- One row per customer and snapshot: what all marts know of the customer, side by side.
--
-- Names and addresses stay in dim_customer: they would be kept once more for every snapshot. What nobody bought, fitted or
-- supplied is unknown. Of cases opened and touches made at the same moment the one with the greater id is the last.

with

owners as (
    select
        customers.customer_key,
        customers.customer_kind,
        customers.region,
        customers.city,
        customers.acquisition_channel,
        customers.acquired_on,
        customers.marketing_consent,
        customers.owner_rep_id,
        reps.department as owner_department
    from core.customer as customers
    left join core.sales_rep as reps on customers.owner_rep_id = reps.sales_rep_id
),

offers as (
    select
        customer_key,
        max(case when rank = 1 then product_id end) as next_best_product_1,
        max(case when rank = 2 then product_id end) as next_best_product_2,
        max(case when rank = 3 then product_id end) as next_best_product_3
    from marts.next_best_product
    where rank <= 3
    group by customer_key
),

cases as (
    select
        customer_key,
        case_id,
        kind,
        opened_at,
        cast(local_timestamp(opened_at, $timezone) as date) as opened_on,
        coalesce(cast(local_timestamp(closed_at, $timezone) as date) <= $as_of, false) as is_closed
    from core.service_case
    where customer_key is not null
),

last_cases as (
    select
        customer_key,
        case_id,
        kind,
        opened_on,
        is_closed
    from cases
    qualify row_number() over (partition by customer_key order by opened_at desc, case_id desc) = 1
),

open_cases as (
    select
        customer_key,
        count(*) as open_cases
    from cases
    where not is_closed
    group by customer_key
),

last_touches as (
    select
        customer_key,
        campaign_id,
        cast(local_timestamp(touched_at, $timezone) as date) as touched_on,
        coalesce(cast(local_timestamp(responded_at, $timezone) as date) <= $as_of, false) as has_responded
    from core.campaign_touch
    where customer_key is not null and arm = 'treatment'
    qualify row_number() over (
        partition by customer_key order by touched_at desc, campaign_id desc, channel desc
    ) = 1
),

opportunities as (
    select
        customer_key,
        count(*) as open_opportunities,
        coalesce(sum(amount), 0) as open_opportunity_amount
    from core.opportunity
    where customer_key is not null and (outcome = 'open' or closed_on > $as_of)
    group by customer_key
),

tables as (
    select
        coalesce(bool_or(is_supplied) filter (where table_name = 'service_case'), false) as has_cases,
        coalesce(bool_or(is_supplied) filter (where table_name = 'opportunity'), false) as has_opportunities
    from work.supplied
)

select
    $as_of as as_of,
    profile.customer_key,
    owners.customer_kind,
    owners.region,
    owners.city,
    owners.acquisition_channel,
    owners.acquired_on,
    owners.marketing_consent,
    owners.owner_rep_id,
    owners.owner_department,
    profile.first_purchase_on,
    profile.last_purchase_on,
    profile.orders,
    profile.orders_12m,
    profile.net_sales,
    profile.net_sales_12m,
    profile.average_order_value,
    profile.profit_12m,
    profile.rfm_segment,
    profile.value_score,
    profile.value_tier,
    profile.tier_direction,
    profile.lifecycle,
    profile.cluster_label,
    profile.preferred_category,
    profile.preferred_brand,
    profile.preferred_channel,
    profile.is_price_sensitive,
    profile.satisfaction,
    profile.nps_last,
    profile.risk_score,
    profile.risk_band,
    profile.completeness,
    loyalty.tenure_days,
    loyalty.purchase_days,
    loyalty.next_purchase_due_on,
    loyalty.days_overdue,
    loyalty.churn_probability,
    loyalty.churn_risk,
    loyalty.loyalty_score,
    loyalty.points_balance,
    loyalty.recommended_action,
    lifetime.historic_profit,
    lifetime.clv_12m,
    lifetime.clv_36m,
    lifetime.value_kind,
    offers.next_best_product_1,
    offers.next_best_product_2,
    offers.next_best_product_3,
    contacts.contacts_12m,
    contacts.last_contact_on,
    last_cases.case_id as last_case_id,
    last_cases.kind as last_case_kind,
    last_cases.opened_on as last_case_opened_on,
    last_cases.is_closed as last_case_is_closed,
    case when tables.has_cases then coalesce(open_cases.open_cases, 0) end as open_cases,
    last_touches.campaign_id as last_campaign_id,
    last_touches.touched_on as last_campaign_on,
    last_touches.has_responded as last_campaign_responded,
    case when tables.has_opportunities then coalesce(opportunities.open_opportunities, 0) end as open_opportunities,
    cast(
        case when tables.has_opportunities then coalesce(opportunities.open_opportunity_amount, 0) end as decimal(38, 2)
    ) as open_opportunity_amount
from tables
cross join marts.customer_profile as profile
inner join owners on profile.customer_key = owners.customer_key
left join marts.customer_loyalty as loyalty on profile.customer_key = loyalty.customer_key
left join marts.customer_lifetime_value as lifetime on profile.customer_key = lifetime.customer_key
left join offers on profile.customer_key = offers.customer_key
left join marts.customer_contact as contacts on profile.customer_key = contacts.customer_key
left join last_cases on profile.customer_key = last_cases.customer_key
left join open_cases on profile.customer_key = open_cases.customer_key
left join last_touches on profile.customer_key = last_touches.customer_key
left join opportunities on profile.customer_key = opportunities.customer_key

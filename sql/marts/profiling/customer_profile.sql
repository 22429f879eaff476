-- One row per customer and snapshot.
--
-- Every golden customer is here, also those who never bought. What rests on a fitted model (churn probability,
-- clusters) is unknown where there are too few buyers to fit it, and a score leaves out what is unknown.

with

facts as (
    select
        facts.*,
        case when interactions.is_supplied then facts.interactions_90d end as known_interactions_90d,
        case when cases.is_supplied then facts.complaints_12m end as known_complaints_12m,
        satisfaction.satisfaction,
        satisfaction.nps_last,
        lifetimes.churn_probability
    from work.supplied as interactions
    cross join work.supplied as cases
    cross join work.customer_value as facts
    left join work.satisfaction as satisfaction on facts.customer_no = satisfaction.customer_no
    left join work.customer_lifetime as lifetimes on facts.customer_no = lifetimes.customer_no
    where interactions.table_name = 'interaction' and cases.table_name = 'service_case'
),

earlier_tiers as (
    select
        customers.customer_no,
        earlier.value_tier,
        earlier.tier_changed_on,
        rules.sort
    from previous.customer_profile as earlier
    inner join work.customer_number as customers on earlier.customer_key = customers.customer_key
    left join work.tier_rule as rules on earlier.value_tier = rules.tier
),

graded as (
    select
        ratings.customer_no,
        ratings.value_score,
        tiers.tier as value_tier,
        earlier_tiers.value_tier as tier_previous,
        case
            when earlier_tiers.value_tier is null then 'new'
            when earlier_tiers.value_tier = tiers.tier then 'same'
            when tiers.sort < earlier_tiers.sort then 'up'
            else 'down'
        end as tier_direction,
        case
            when earlier_tiers.value_tier = tiers.tier then earlier_tiers.tier_changed_on
            else $as_of
        end as tier_changed_on
    from work.customer_rating as ratings
    inner join work.tier_rule as tiers on ratings.tier_place = tiers.place
    left join earlier_tiers on ratings.customer_no = earlier_tiers.customer_no
),

risks as (
    select
        customer_no,
        round(
            100 * (
                coalesce(cast(0.6 as double) * churn_probability, 0)
                + case
                    when known_complaints_12m is null then 0
                    else cast(0.2 as double) * least(cast(1 as double), cast(known_complaints_12m as double) / 3)
                end
                + coalesce(cast(0.2 as double) * (5 - satisfaction) / 4, 0)
            ) / nullif(
                case when churn_probability is null then 0 else cast(0.6 as double) end
                + case when known_complaints_12m is null then 0 else cast(0.2 as double) end
                + case when satisfaction is null then 0 else cast(0.2 as double) end,
                0
            ),
            2
        ) as risk_score
    from facts
    where orders > 0
)

select
    $as_of as as_of,
    numbers.customer_key,
    facts.first_purchase_on,
    facts.last_purchase_on,
    facts.orders,
    facts.orders_12m,
    facts.units,
    facts.net_sales,
    facts.net_sales_12m,
    money_per(facts.net_sales, facts.orders) as average_order_value,
    facts.profit_12m,
    $as_of - facts.last_purchase_on as recency_days,
    rfm.r_score,
    rfm.f_score,
    rfm.m_score,
    rfm.rfm_cell,
    rfm.rfm_segment,
    graded.value_score,
    graded.value_tier,
    graded.tier_previous,
    graded.tier_direction,
    graded.tier_changed_on,
    case
        when facts.first_purchase_on is null then 'prospect'
        when $as_of - facts.first_purchase_on <= 90 then 'new'
        when $as_of - facts.last_purchase_on <= 180 then 'active'
        when $as_of - facts.last_purchase_on <= 365 then 'lapsing'
        when $as_of - facts.last_purchase_on <= 730 then 'dormant'
        else 'lost'
    end as lifecycle,
    categories.value as preferred_category,
    brands.value as preferred_brand,
    channels.value as preferred_channel,
    habits.weekday as preferred_weekday,
    case habits.daypart
        when 0 then 'night'
        when 1 then 'morning'
        when 2 then 'afternoon'
        when 3 then 'evening'
    end as preferred_daypart,
    cast(facts.kept_discounts as double) / nullif(cast(facts.kept_gross_sales as double), 0) as discount_share,
    cast(facts.kept_discounted_lines as double)
        / nullif(cast(facts.kept_priced_lines as double), 0) as discounted_line_share,
    coalesce(rfm.f_score = 5 and facts.orders_12m >= 3, false) as is_frequent_buyer,
    facts.orders >= 3
        and facts.kept_priced_lines > 0
        and 5 * facts.kept_discounted_lines >= 3 * facts.kept_priced_lines as is_price_sensitive,
    coalesce(
        facts.orders >= 3
        and facts.kept_net_sales > 0
        and 5 * habits.brand_net_sales >= 3 * facts.kept_net_sales,
        false
    ) as is_brand_loyal,
    coalesce(
        facts.orders >= 3
        and facts.kept_net_sales > 0
        and 5 * facts.kept_seasonal_net_sales >= 3 * facts.kept_net_sales,
        false
    ) as is_season_sensitive,
    clusters.cluster_id,
    clusters.cluster_label,
    facts.satisfaction,
    facts.nps_last,
    facts.known_complaints_12m as complaints_12m,
    facts.known_interactions_90d as interactions_90d,
    risks.risk_score,
    case
        when risks.risk_score < 30 then 'low'
        when risks.risk_score < 60 then 'medium'
        when risks.risk_score >= 60 then 'high'
    end as risk_band,
    masters.completeness
from facts
inner join work.customer_number as numbers on facts.customer_no = numbers.customer_no
inner join work.customer_completeness as masters on facts.customer_no = masters.customer_no
inner join graded on facts.customer_no = graded.customer_no
left join work.rfm_score as rfm on facts.customer_no = rfm.customer_no
left join work.customer_habit as habits on facts.customer_no = habits.customer_no
left join work.sale_label as categories
    on categories.dimension = 'category' and habits.category_no = categories.number
left join work.sale_label as brands
    on brands.dimension = 'brand' and habits.brand_no = brands.number
left join work.sale_label as channels
    on channels.dimension = 'channel' and habits.channel_no = channels.number
left join work.buyer_cluster as clusters on facts.customer_no = clusters.customer_no
left join risks on facts.customer_no = risks.customer_no

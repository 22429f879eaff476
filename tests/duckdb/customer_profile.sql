-- One row per golden customer on as_of.
--
-- loyalty_score and churn_probability come from the published customer_loyalty, which is verified by itself; clusters are
-- made in clusters.py.

with

lines as (
    select
        fct_sale.*,
        dim_product.category,
        dim_product.brand,
        fct_sale.ordered_on > run.as_of - 365 and fct_sale.ordered_on <= run.as_of as in_12m,
        hour(fct_sale.ordered_at at time zone run.timezone) as local_hour
    from fct_sale
    cross join run
    left join dim_product on dim_product.product_id = fct_sale.product_id
    where fct_sale.customer_key is not null
),

line_sums as (
    select
        customer_key,
        min(ordered_on) filter (where not is_return) as first_purchase_on,
        max(ordered_on) filter (where not is_return) as last_purchase_on,
        count(distinct order_id) filter (where not is_return) as orders,
        count(distinct order_id) filter (where not is_return and in_12m) as orders_12m,
        sum(quantity) as units,
        sum(net_amount) as net_sales,
        sum(net_amount) filter (where in_12m) as net_sales_12m,
        sum(coalesce(net_amount, 0) - coalesce(cost_amount, 0) - coalesce(shipping_amount, 0))
            filter (where in_12m) as margin_after_shipping_12m,
        sum(gross_amount) filter (where not is_return) as bought_gross,
        sum(discount_amount) filter (where not is_return) as bought_discount,
        sum(net_amount) filter (where not is_return) as bought_net,
        count(discount_amount) filter (where not is_return) as bought_lines,
        count(*) filter (where not is_return and discount_amount > 0) as discounted_lines
    from lines
    group by customer_key
),

cases as (
    select
        fct_service_case.*,
        cast(fct_service_case.opened_at at time zone run.timezone as date) > run.as_of - 365
        and cast(fct_service_case.opened_at at time zone run.timezone as date) <= run.as_of as in_12m
    from fct_service_case
    cross join run
    where fct_service_case.customer_key is not null
),

case_rate as (
    select coalesce(max(round(unit_cost, 2)), 0) as each_case from cost_rate where driver = 'service_case'
),

interaction_rate as (
    select coalesce(max(unit_cost), 0) as each_interaction from cost_rate where driver = 'interaction'
),

case_sums as (
    select
        customer_key,
        sum(coalesce(handling_cost, case_rate.each_case)) filter (where in_12m) as case_cost_12m,
        avg(csat) filter (where in_12m) as satisfaction,
        count(*) filter (where in_12m and kind = 'complaint') as complaints_12m,
        arg_max(nps, {'opened_at': opened_at, 'case_id': case_id}) filter (where nps is not null) as nps_last
    from cases
    cross join case_rate
    group by customer_key
),

interaction_counts as (
    select
        customer_key,
        count(*) filter (where day > run.as_of - 365 and day <= run.as_of) as interactions_12m,
        count(*) filter (where day > run.as_of - 90 and day <= run.as_of) as interactions_90d
    from (
        select customer_key, cast(occurred_at at time zone run.timezone as date) as day
        from fct_interaction
        cross join run
        where customer_key is not null
    ) as interactions
    cross join run
    group by customer_key
),

treatments as (
    select
        fct_campaign_touch.customer_key,
        cast(fct_campaign_touch.touched_at at time zone run.timezone as date) as day,
        cast(coalesce(dim_campaign.cost_amount, 0) * 100 as bigint) as cents,
        count(*) over (partition by fct_campaign_touch.campaign_id) as touches,
        row_number() over (
            partition by fct_campaign_touch.campaign_id
            order by fct_campaign_touch.touched_at, fct_campaign_touch.customer_key nulls last
        ) as place
    from fct_campaign_touch
    cross join run
    left join dim_campaign on dim_campaign.campaign_id = fct_campaign_touch.campaign_id
    where fct_campaign_touch.arm = 'treatment'
),

touches as (
    -- what is left over when the cents are shared is 0..touches-1, also of a negative cost
    select *, (cents % touches + touches) % touches as spare from treatments
),

promotion as (
    select
        touches.customer_key,
        sum((cents - spare) // touches + case when place <= spare then 1 else 0 end) as promotion_cents_12m
    from touches
    cross join run
    where day > run.as_of - 365 and day <= run.as_of and touches.customer_key is not null
    group by touches.customer_key
),

facts as (
    select
        dim_customer.*,
        line_sums.first_purchase_on,
        line_sums.last_purchase_on,
        coalesce(line_sums.orders, 0) as orders,
        coalesce(line_sums.orders_12m, 0) as orders_12m,
        coalesce(line_sums.units, 0) as units,
        coalesce(line_sums.net_sales, 0) as net_sales,
        coalesce(line_sums.net_sales_12m, 0) as net_sales_12m,
        coalesce(line_sums.margin_after_shipping_12m, 0)
        - coalesce(case_sums.case_cost_12m, 0)
        - round(interaction_rate.each_interaction * coalesce(interaction_counts.interactions_12m, 0), 2)
        - cast(coalesce(promotion.promotion_cents_12m, 0) as decimal(30, 0)) * 0.01 as profit_12m,
        cast(run.as_of - line_sums.last_purchase_on as bigint) as recency_days,
        line_sums.bought_gross,
        line_sums.bought_discount,
        coalesce(line_sums.bought_net, 0) as bought_net,
        coalesce(line_sums.bought_lines, 0) as bought_lines,
        coalesce(line_sums.discounted_lines, 0) as discounted_lines,
        case_sums.satisfaction,
        case_sums.nps_last,
        case
            when 'service_case' in (select table_name from supplied) then coalesce(case_sums.complaints_12m, 0)
        end as complaints_12m,
        case
            when 'interaction' in (select table_name from supplied)
                then coalesce(interaction_counts.interactions_90d, 0)
        end as interactions_90d
    from dim_customer
    cross join run
    cross join interaction_rate
    left join line_sums on line_sums.customer_key = dim_customer.customer_key
    left join case_sums on case_sums.customer_key = dim_customer.customer_key
    left join interaction_counts on interaction_counts.customer_key = dim_customer.customer_key
    left join promotion on promotion.customer_key = dim_customer.customer_key
),

-- RFM: whole numbers throughout, so that no score hangs on the last bit of a quotient.
buyers as (
    select customer_key, 'r' as letter, cast(-recency_days as decimal(38, 2)) as goodness from facts where orders > 0
    union all
    select customer_key, 'f', orders_12m from facts where orders > 0
    union all
    select customer_key, 'm', net_sales_12m from facts where orders > 0
),

placed as (
    select
        customer_key,
        letter,
        -- recency is cut as it is and turned round afterwards
        case when letter = 'r' then -goodness else goodness end as x,
        count(*) over (partition by letter) as n,
        rank() over (partition by letter order by goodness) as place,
        ntile(5) over (partition by letter order by goodness, customer_key) as fifth
    from buyers
),

sorted as (
    select letter, count(*) as n, list(x order by x) as xs from placed group by letter
),

cuts as (
    select
        letter,
        -- five times the type-7 quantile at k/5: a whole position and m fifths of the way to the next value
        5 * xs[(n - 1) * k // 5 + 1]
        + ((n - 1) * k % 5) * (xs[least((n - 1) * k // 5 + 2, n)] - xs[(n - 1) * k // 5 + 1]) as five_times_cut
    from sorted
    cross join (select unnest([1, 2, 3, 4]) as k) as fifths
),

cut_counts as (
    select placed.customer_key, placed.letter, count(*) filter (where 5 * placed.x >= cuts.five_times_cut + 5) as cuts_below
    from placed
    inner join run on run.rfm_scoring = 'rfm_r'
    inner join cuts on cuts.letter = placed.letter
    group by placed.customer_key, placed.letter
),

scores as (
    select
        placed.customer_key,
        placed.letter,
        case run.rfm_scoring
            when 'percent_rank' then least(5, 1 + case when n = 1 then 0 else 5 * (place - 1) // (n - 1) end)
            when 'ntile' then fifth
            when 'rfm_r' then case when placed.letter = 'r' then 6 - (1 + cuts_below) else 1 + cuts_below end
        end as score
    from placed
    cross join run
    left join cut_counts on cut_counts.customer_key = placed.customer_key and cut_counts.letter = placed.letter
),

rfm as (
    select
        customer_key,
        max(score) filter (where letter = 'r') as r_score,
        max(score) filter (where letter = 'f') as f_score,
        max(score) filter (where letter = 'm') as m_score
    from scores
    group by customer_key
),

segment_rules as (
    select priority, segment, r_min, r_max, f_min, f_max, m_min, m_max from rfm_segment_rule
    union all
    select * from (
        values
        (1, 'Champions', 4, null, 4, null, 4, null),
        (2, 'Loyal', 3, null, 4, null, null, null),
        (3, 'Potential loyalist', 4, null, 2, 3, null, null),
        (4, 'New', 5, 5, 1, 1, null, null),
        (5, 'Promising', 4, 4, 1, 1, null, null),
        (6, 'Cannot lose', null, 2, 4, null, 4, null),
        (7, 'At risk', null, 2, 3, null, null, null),
        (8, 'Need attention', 3, 3, 3, 3, null, null),
        (9, 'About to sleep', 3, 3, null, 2, null, null),
        (10, 'Hibernating', 2, 2, null, null, null, null),
        (11, 'Lost', 1, 1, null, null, null, null)
    ) as defaults
    where not exists (select 1 from rfm_segment_rule)
),

segments as (
    select rfm.customer_key, arg_min(segment_rules.segment, segment_rules.priority) as rfm_segment
    from rfm
    inner join segment_rules
        on coalesce(r_score >= r_min, true) and coalesce(r_score <= r_max, true)
        and coalesce(f_score >= f_min, true) and coalesce(f_score <= f_max, true)
        and coalesce(m_score >= m_min, true) and coalesce(m_score <= m_max, true)
    group by rfm.customer_key
),

-- Value: percent ranks over all golden customers.
weights as (
    select dimension, cast(weight * 1000000 as hugeint) as weight_micros from tier_weight
    union all
    select * from (
        values
        ('profit_12m', 350000), ('orders_12m', 200000), ('net_sales_12m', 150000),
        ('loyalty_score', 150000), ('interactions_90d', 100000), ('satisfaction', 50000)
    ) as defaults
    where not exists (select 1 from tier_weight)
),

-- All of one type: a union of decimals of 38 digits keeps the fewest places behind the point.
dimension_values as (
    select customer_key, 'profit_12m' as dimension, cast(profit_12m as decimal(38, 9)) as x from facts
    union all
    select customer_key, 'orders_12m', cast(orders_12m as decimal(38, 9)) from facts
    union all
    select customer_key, 'net_sales_12m', cast(net_sales_12m as decimal(38, 9)) from facts
    union all
    select customer_key, 'interactions_90d', cast(interactions_90d as decimal(38, 9)) from facts where interactions_90d is not null
    union all
    select customer_key, 'satisfaction', cast(round(satisfaction, 9) as decimal(38, 9)) from facts where satisfaction is not null
    union all
    select customer_key, 'loyalty_score', cast(round(loyalty_score, 9) as decimal(38, 9)) from published_loyalty
    where loyalty_score is not null
),

dimension_ranks as (
    select
        customer_key,
        dimension,
        cast(rank() over (partition by dimension order by x) - 1 as hugeint) as places_below,
        greatest(cast(count(*) over (partition by dimension) - 1 as hugeint), 1) as places
    from dimension_values
),

-- Whole numbers again: 33 customers are enough for a score that lies exactly between two of six digits,
-- and a sum of doubles would fall on either side. Percent ranks carry 18 digits, the score 12, then 6.
score_sums as (
    select
        customer_key,
        sum(weight_micros * ((2000000000000000000 * places_below + places) // (2 * places))) as weighted,
        nullif(sum(weight_micros), 0) as weight_present
    from dimension_ranks
    inner join weights on weights.dimension = dimension_ranks.dimension
    group by customer_key
),

value_scores as (
    select
        customer_key,
        cast((score_pico + 500000) // 1000000 as double) / 1e6 as value_score,
        cast(score_pico as double) / 1e12 as value_score_unrounded
    from (
        select
            customer_key,
            (2 * cast(weighted as hugeint) + 1000000 * cast(weight_present as hugeint))
            // (2000000 * cast(weight_present as hugeint)) as score_pico
        from score_sums
    ) as scored
),

tiers as (
    select tier, min_value_score, sort from tier_rule
    union all
    select * from (values ('diamond', .9, 1), ('high', .7, 2), ('mid', .4, 3), ('low', null, 4)) as defaults
    where not exists (select 1 from tier_rule)
),

tiered as (
    select
        facts.customer_key,
        any_value(value_scores.value_score) as value_score,
        any_value(value_scores.value_score_unrounded) as value_score_unrounded,
        coalesce(
            arg_min(tiers.tier, tiers.sort)
                filter (where cast(value_scores.value_score as decimal(18, 6)) >= tiers.min_value_score),
            arg_max(tiers.tier, tiers.sort)
        ) as value_tier
    from facts
    cross join tiers
    left join value_scores on value_scores.customer_key = facts.customer_key
    group by facts.customer_key
),

tier_moves as (
    select
        tiered.*,
        previous_customer_profile.value_tier as tier_previous,
        previous_customer_profile.tier_changed_on as changed_before,
        now.sort as sort_now,
        before.sort as sort_before
    from tiered
    left join previous_customer_profile on previous_customer_profile.customer_key = tiered.customer_key
    left join tiers as now on now.tier = tiered.value_tier
    left join tiers as before on before.tier = previous_customer_profile.value_tier
),

-- Habits: whatever a customer bought most of, by one rule for five attributes.
habit_lines as (
    select customer_key, order_id, net_amount, 'category' as habit, category as answer from lines where not is_return
    union all
    select customer_key, order_id, net_amount, 'brand', brand from lines where not is_return
    union all
    select customer_key, order_id, net_amount, 'channel', channel from lines where not is_return
    union all
    select customer_key, order_id, net_amount, 'weekday', cast(isodow(ordered_on) as varchar) from lines where not is_return
    union all
    select
        customer_key,
        order_id,
        net_amount,
        'daypart',
        case
            when local_hour < 6 then 'night'
            when local_hour < 12 then 'morning'
            when local_hour < 18 then 'afternoon'
            when local_hour < 24 then 'evening'
        end
    from lines
    where not is_return
),

habit_sums as (
    select
        customer_key,
        habit,
        answer,
        coalesce(sum(net_amount), 0) as net_sales,
        count(distinct order_id) as orders
    from habit_lines
    where answer is not null
    group by customer_key, habit, answer
),

habits as (
    select
        customer_key,
        max(answer) filter (where habit = 'category') as preferred_category,
        max(answer) filter (where habit = 'brand') as preferred_brand,
        max(answer) filter (where habit = 'channel') as preferred_channel,
        cast(max(answer) filter (where habit = 'weekday') as integer) as preferred_weekday,
        max(answer) filter (where habit = 'daypart') as preferred_daypart,
        max(net_sales) filter (where habit = 'brand') as top_brand_net
    from (
        select
            *,
            row_number() over (partition by customer_key, habit order by net_sales desc, orders desc, answer) as place
        from habit_sums
    ) as ordered
    where place = 1
    group by customer_key
),

season_sums as (
    select customer_key, sum(net_amount) as season_net
    from lines
    where
        not is_return
        and exists (
            select 1 from dim_campaign
            where kind = 'seasonal' and lines.ordered_on >= starts_on and lines.ordered_on <= ends_on
        )
    group by customer_key
),

risk_parts as (
    select facts.customer_key, .6 as weight, 100 * churn_probability as part
    from facts inner join published_loyalty on published_loyalty.customer_key = facts.customer_key
    union all
    select customer_key, .2, least(100, 100 * complaints_12m / 3e0) from facts where complaints_12m is not null
    union all
    select customer_key, .2, 100 * (5 - satisfaction) / 4e0 from facts
),

risks as (
    select customer_key, sum(cast(weight as double) * part) / sum(cast(weight as double)) as risk_score
    from risk_parts
    where part is not null
    group by customer_key
),

filled as (
    select
        customer_key,
        case
            when customer_kind = 'company'
                then len(list_filter([customer_name, email, phone, industry, region, city], lambda v: trim(v) <> '')) / 6e0
            else
                len(list_filter(
                    [customer_name, email, phone, gender, cast(birth_date as varchar), region, city],
                    lambda v: trim(v) <> ''
                )) / 7e0
        end as completeness
    from dim_customer
)

select
    run.as_of,
    facts.customer_key,
    facts.first_purchase_on,
    facts.last_purchase_on,
    facts.orders,
    facts.orders_12m,
    facts.units,
    facts.net_sales,
    facts.net_sales_12m,
    money_per(facts.net_sales, facts.orders) as average_order_value,
    facts.profit_12m,
    facts.recency_days,
    rfm.r_score,
    rfm.f_score,
    rfm.m_score,
    cast(rfm.r_score as varchar) || cast(rfm.f_score as varchar) || cast(rfm.m_score as varchar) as rfm_cell,
    segments.rfm_segment,
    tier_moves.value_score,
    tier_moves.value_score_unrounded,
    tier_moves.value_tier,
    tier_moves.tier_previous,
    case
        when tier_moves.tier_previous is null then 'new'
        when tier_moves.tier_previous = tier_moves.value_tier or sort_now = sort_before then 'same'
        when sort_now < sort_before then 'up'
        when sort_now > sort_before then 'down'
    end as tier_direction,
    case
        when tier_moves.tier_previous = tier_moves.value_tier then tier_moves.changed_before
        else run.as_of
    end as tier_changed_on,
    case
        when facts.orders = 0 then 'prospect'
        when run.as_of - facts.first_purchase_on <= 90 then 'new'
        when facts.recency_days <= 180 then 'active'
        when facts.recency_days <= 365 then 'lapsing'
        when facts.recency_days <= 730 then 'dormant'
        else 'lost'
    end as lifecycle,
    habits.preferred_category,
    habits.preferred_brand,
    habits.preferred_channel,
    habits.preferred_weekday,
    habits.preferred_daypart,
    cast(facts.bought_discount as double) / cast(nullif(facts.bought_gross, 0) as double) as discount_share,
    cast(facts.discounted_lines as double) / nullif(facts.bought_lines, 0) as discounted_line_share,
    coalesce(rfm.f_score = 5 and facts.orders_12m >= 3, false) as is_frequent_buyer,
    facts.orders >= 3 and facts.bought_lines > 0 and 5 * facts.discounted_lines >= 3 * facts.bought_lines as is_price_sensitive,
    facts.orders >= 3 and facts.bought_net > 0
    and coalesce(5 * habits.top_brand_net >= 3 * facts.bought_net, false) as is_brand_loyal,
    facts.orders >= 3 and facts.bought_net > 0
    and coalesce(5 * season_sums.season_net >= 3 * facts.bought_net, false) as is_season_sensitive,
    facts.satisfaction,
    facts.nps_last,
    facts.complaints_12m,
    facts.interactions_90d,
    filled.completeness,
    cluster.cluster_id,
    cluster.cluster_label,
    case when facts.orders > 0 then round(risks.risk_score, 2) end as risk_score,
    case when facts.orders > 0 then risks.risk_score end as risk_score_unrounded,
    case
        when facts.orders = 0 then null
        when coalesce(published_risk.risk_score, round(risks.risk_score, 2)) < 30 then 'low'
        when coalesce(published_risk.risk_score, round(risks.risk_score, 2)) < 60 then 'medium'
        when coalesce(published_risk.risk_score, round(risks.risk_score, 2)) >= 60 then 'high'
    end as risk_band
from facts
cross join run
inner join tier_moves on tier_moves.customer_key = facts.customer_key
inner join filled on filled.customer_key = facts.customer_key
left join rfm on rfm.customer_key = facts.customer_key
left join segments on segments.customer_key = facts.customer_key
left join habits on habits.customer_key = facts.customer_key
left join season_sums on season_sums.customer_key = facts.customer_key
left join cluster on cluster.customer_key = facts.customer_key
left join risks on risks.customer_key = facts.customer_key
left join published_risk on published_risk.customer_key = facts.customer_key

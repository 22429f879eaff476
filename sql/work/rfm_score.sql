-- One row per customer with an order: scores of recency, frequency and money, 1 to 5.
--
-- percent_rank: fifths of the percent rank, ties share a score. rfm_r: one more than the quintile
-- cuts (linear interpolation) that the value passes by at least one; recency counts backwards.
-- ntile: five groups as equal in size as can be. Only the chosen way is computed.

with

buyers as (
    select
        customer_no,
        $as_of - last_purchase_on as recency_days,
        orders_12m,
        net_sales_12m
    from work.customer_value
    where orders > 0
),

ranked as (
    select
        customer_no,
        count(*) over () as buyers,
        rank() over (order by recency_days desc) - 1 as r_before,
        rank() over (order by orders_12m) - 1 as f_before,
        rank() over (order by net_sales_12m) - 1 as m_before
    from buyers
    where $rfm_scoring = 'percent_rank'
),

by_percent_rank as (
    select
        customer_no,
        least(5, 1 + 5 * cast(r_before as bigint) / greatest(1, buyers - 1)) as r_score,
        least(5, 1 + 5 * cast(f_before as bigint) / greatest(1, buyers - 1)) as f_score,
        least(5, 1 + 5 * cast(m_before as bigint) / greatest(1, buyers - 1)) as m_score
    from ranked
),

measures as (
    select customer_no, 'r' as measure, cast(recency_days as decimal(38, 2)) as value from buyers
    where $rfm_scoring = 'rfm_r'
    union all
    select customer_no, 'f' as measure, cast(orders_12m as decimal(38, 2)) as value from buyers
    where $rfm_scoring = 'rfm_r'
    union all
    select customer_no, 'm' as measure, net_sales_12m as value from buyers
    where $rfm_scoring = 'rfm_r'
),

placed as (
    select
        measure,
        value,
        cast(row_number() over (partition by measure order by value, customer_no) as bigint) - 1 as place,
        count(*) over (partition by measure) as n
    from measures
),

fifths as (
    select column1 as k
    from (values (1), (2), (3), (4))
),

-- Five times the cut, so that no cut is rounded.
cuts as (
    select
        placed.measure,
        fifths.k,
        sum(
            placed.value * case
                when placed.place = (placed.n - 1) * fifths.k / 5 then 5 - (placed.n - 1) * fifths.k % 5
                else (placed.n - 1) * fifths.k % 5
            end
        ) as cut_times_5
    from placed
    inner join fifths
        on placed.place = (placed.n - 1) * fifths.k / 5
        or placed.place = (placed.n - 1) * fifths.k / 5 + 1
    group by placed.measure, fifths.k
),

passed as (
    select
        measures.customer_no,
        measures.measure,
        count(cuts.k) as cuts
    from measures
    left join cuts
        on measures.measure = cuts.measure
        and measures.value * 5 >= cuts.cut_times_5 + 5
    group by measures.customer_no, measures.measure
),

by_cuts as (
    select
        customer_no,
        max(case when measure = 'r' then 5 - cuts end) as r_score,
        max(case when measure = 'f' then 1 + cuts end) as f_score,
        max(case when measure = 'm' then 1 + cuts end) as m_score
    from passed
    group by customer_no
),

by_ntile as (
    select
        customer_no,
        ntile(5) over (order by recency_days desc, customer_no) as r_score,
        ntile(5) over (order by orders_12m, customer_no) as f_score,
        ntile(5) over (order by net_sales_12m, customer_no) as m_score
    from buyers
    where $rfm_scoring = 'ntile'
),

scores as (
    select
        customer_no,
        cast(r_score as integer) as r_score,
        cast(f_score as integer) as f_score,
        cast(m_score as integer) as m_score
    from by_percent_rank
    union all
    select
        customer_no,
        cast(r_score as integer) as r_score,
        cast(f_score as integer) as f_score,
        cast(m_score as integer) as m_score
    from by_cuts
    union all
    select
        customer_no,
        cast(r_score as integer) as r_score,
        cast(f_score as integer) as f_score,
        cast(m_score as integer) as m_score
    from by_ntile
),

digits as (
    select cast(column1 as integer) as digit
    from (values (1), (2), (3), (4), (5))
),

-- At most 125 combinations are matched with the rules instead of every customer.
segments as (
    select
        r.digit as r_score,
        f.digit as f_score,
        m.digit as m_score,
        rules.segment
    from digits as r
    cross join digits as f
    cross join digits as m
    inner join work.rfm_segment_rule as rules
        on r.digit >= coalesce(rules.r_min, 1)
        and r.digit <= coalesce(rules.r_max, 5)
        and f.digit >= coalesce(rules.f_min, 1)
        and f.digit <= coalesce(rules.f_max, 5)
        and m.digit >= coalesce(rules.m_min, 1)
        and m.digit <= coalesce(rules.m_max, 5)
    qualify row_number() over (
        partition by r.digit, f.digit, m.digit
        order by rules.priority, rules.segment
    ) = 1
)

select
    scores.customer_no,
    scores.r_score,
    scores.f_score,
    scores.m_score,
    concat(scores.r_score, scores.f_score, scores.m_score) as rfm_cell,
    segments.segment as rfm_segment
from scores
left join segments
    on scores.r_score = segments.r_score
    and scores.f_score = segments.f_score
    and scores.m_score = segments.m_score

-- One row per campaign that touched somebody.
--
-- Arm and day of a customer are those of the first touch, treatment where both came at once. Opened, clicked and
-- responded count treated customers. Purchases count from that day to 14 whole days after it, returns in them too.
-- Without a control group, or without anyone treated, there is no uplift.

with

members as (
    select
        campaign_no,
        customer_no,
        min(2 * cast(touched_at as bigint) + case when is_treatment then 0 else 1 end) % 2 = 0 as is_treatment,
        min(day) as day,
        bool_or(is_opened) as is_opened,
        bool_or(is_clicked) as is_clicked,
        bool_or(has_responded) as has_responded
    from work.touch
    group by campaign_no, customer_no
),

purchases as (
    select
        members.campaign_no,
        members.customer_no,
        members.is_treatment,
        bool_or(days.kept_lines > 0) as has_ordered,
        sum(days.net_sales) as net_sales,
        sum(days.cost_of_goods) as cost_of_goods
    from members
    inner join work.customer_day as days
        on members.customer_no = days.customer_no
        and days.ordered_on >= members.day
        and days.ordered_on <= members.day + $campaign_window_days
    group by members.campaign_no, members.customer_no, members.is_treatment
),

sums as (
    select
        campaign_no,
        count(*) filter (where is_treatment and has_ordered) as buyers_treatment,
        count(*) filter (where not is_treatment and has_ordered) as buyers_control,
        sum(net_sales) filter (where is_treatment) as net_sales_treatment,
        sum(net_sales) filter (where not is_treatment) as net_sales_control,
        sum(cost_of_goods) filter (where is_treatment) as cost_treatment,
        sum(cost_of_goods) filter (where not is_treatment) as cost_control
    from purchases
    group by campaign_no
),

counts as (
    select
        campaign_no,
        count(*) filter (where is_treatment) as touched,
        count(*) filter (where not is_treatment) as control,
        count(*) filter (where is_treatment and is_opened) as opened,
        count(*) filter (where is_treatment and is_clicked) as clicked,
        count(*) filter (where is_treatment and has_responded) as responded
    from members
    group by campaign_no
),

campaigns as (
    select
        numbers.campaign_no,
        numbers.campaign_id,
        coalesce(campaign.cost_amount, 0) as cost_amount
    from (select distinct campaign_id from core.campaign_touch) as touches
    inner join work.campaign_number as numbers on touches.campaign_id = numbers.campaign_id
    left join core.campaign as campaign on numbers.campaign_id = campaign.campaign_id
),

joined as (
    select
        campaigns.campaign_id,
        cast(campaigns.cost_amount as decimal(18, 2)) as cost_amount,
        coalesce(counts.touched, 0) as touched,
        coalesce(counts.control, 0) as control,
        coalesce(counts.opened, 0) as opened,
        coalesce(counts.clicked, 0) as clicked,
        coalesce(counts.responded, 0) as responded,
        coalesce(sums.buyers_treatment, 0) as buyers_treatment,
        coalesce(sums.buyers_control, 0) as buyers_control,
        cast(coalesce(sums.net_sales_treatment, 0) as decimal(30, 2)) as net_sales_treatment,
        cast(coalesce(sums.net_sales_control, 0) as decimal(30, 2)) as net_sales_control,
        cast(coalesce(sums.net_sales_treatment, 0) - coalesce(sums.cost_treatment, 0) as decimal(30, 2))
            as profit_treatment,
        cast(coalesce(sums.net_sales_control, 0) - coalesce(sums.cost_control, 0) as decimal(30, 2))
            as profit_control
    from campaigns
    left join counts on campaigns.campaign_no = counts.campaign_no
    left join sums on campaigns.campaign_no = sums.campaign_no
),

compared as (
    select
        joined.*,
        cast(buyers_treatment as double) / nullif(cast(touched as double), 0) as conversion_treatment,
        cast(buyers_control as double) / nullif(cast(control as double), 0) as conversion_control,

        money_per(net_sales_treatment * control - net_sales_control * touched, control) as incremental_net_sales,
        money_per(profit_treatment * control - profit_control * touched, control) as incremental_profit
    from joined
),

errors as (
    select
        compared.*,
        conversion_treatment - conversion_control as uplift,
        1.959963984540054e0 * sqrt(
            conversion_treatment * (1 - conversion_treatment) / cast(touched as double)
            + conversion_control * (1 - conversion_control) / cast(control as double)
        ) as margin
    from compared
)

select
    campaign_id,
    touched,
    control,
    opened,
    clicked,
    responded,
    cast(opened as double) / nullif(cast(touched as double), 0) as open_rate,
    cast(clicked as double) / nullif(cast(touched as double), 0) as click_rate,
    cast(responded as double) / nullif(cast(touched as double), 0) as response_rate,
    buyers_treatment,
    buyers_control,
    conversion_treatment,
    conversion_control,
    uplift,
    uplift - margin as uplift_lower_95,
    uplift + margin as uplift_upper_95,
    two_proportion_p_value(buyers_treatment, touched, buyers_control, control) as p_value,
    money_per(net_sales_treatment, touched) as spend_per_customer_treatment,
    money_per(net_sales_control, control) as spend_per_customer_control,
    incremental_net_sales,
    incremental_profit,
    cost_amount,
    cast(incremental_profit - cost_amount as double) / nullif(cast(cost_amount as double), 0) as roi
from errors

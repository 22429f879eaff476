-- One row per month and band of the discount, as a share of the gross amount of the line.
--
-- A line without a gross amount, or whose discount has the other sign, bears none: band `0`.

with

banded as (
    select
        month_no,
        case
            when coalesce(discount_amount, 0) = 0 or coalesce(gross_amount, 0) = 0 then 0
            when discount_amount > 0 and gross_amount < 0 then 0
            when discount_amount < 0 and gross_amount > 0 then 0
            when abs(discount_amount) * 10 <= abs(gross_amount) then 1
            when abs(discount_amount) * 10 <= abs(gross_amount) * 2 then 2
            when abs(discount_amount) * 10 <= abs(gross_amount) * 3 then 3
            else 4
        end as band,
        is_return,
        quantity,
        net_amount,
        cost_amount
    from work.sale_line
),

sums as (
    select
        month_no,
        band,
        count(*) filter (where not is_return) as lines,
        cast(coalesce(sum(quantity), 0) as decimal(38, 3)) as units,
        cast(coalesce(sum(net_amount), 0) as decimal(38, 2)) as net_sales,
        cast(coalesce(sum(net_amount), 0) - coalesce(sum(cost_amount), 0) as decimal(38, 2)) as gross_profit
    from banded
    group by month_no, band
)

select
    months.month,
    case sums.band
        when 0 then '0'
        when 1 then '<=10%'
        when 2 then '<=20%'
        when 3 then '<=30%'
        else '>30%'
    end as discount_band,
    sums.lines,
    sums.units,
    sums.net_sales,
    sums.gross_profit,
    cast(sums.gross_profit as double) / nullif(cast(sums.net_sales as double), 0) as margin_rate
from sums
inner join work.month as months on sums.month_no = months.month_no

-- One row per series of 24 months or more and method: its error in the back-test, and the method's place.
--
-- The first place has the least mase; where that is unknown for want of a scale, the least smape. Ties go by name.
-- Means are taken in the order of months, so that they are the same to the last digit in every run.

with

changes as (
    select
        kind,
        series,
        month_no,
        place,
        months,
        abs(value - lag(value, 12) over (partition by kind, series order by month_no)) as change
    from work.forecast_month
    where months >= 24
),

scales as (
    select
        kind,
        series,
        avg(change) over (partition by kind, series order by month_no) as scale
    from changes
    where place <= months - 12
    qualify row_number() over (partition by kind, series order by month_no desc) = 1
),

errors as (
    select
        kind,
        series,
        method,
        step,
        abs(actual - mean) as error,
        case
            when abs(actual) + abs(mean) = 0 then cast(0 as double)
            else 2 * abs(actual - mean) / (abs(actual) + abs(mean))
        end as relative_error
    from work.forecast_backtest
),

means as (
    select
        kind,
        series,
        method,
        avg(error) over (partition by kind, series, method order by step) as error,
        avg(relative_error) over (partition by kind, series, method order by step) as smape
    from errors
    qualify row_number() over (partition by kind, series, method order by step desc) = 1
),

scaled as (
    select
        means.kind,
        means.series,
        means.method,
        means.error / nullif(scales.scale, 0) as mase,
        means.smape
    from means
    inner join scales on means.kind = scales.kind and means.series = scales.series
)

select
    kind,
    series,
    method,
    mase,
    smape,
    row_number() over (partition by kind, series order by coalesce(mase, smape), method) as place
from scaled

-- One row per currency and calendar day: the latest quotation on or before it.
--
-- Dense, so that a sale finds its rate by equality. Quotations after the logical date are not known yet; the last
-- one that is holds for a year.

with

quotation as (
    select
        currency,
        rate_on,
        rate_to_base,
        lead(rate_on) over (partition by currency order by rate_on) as next_on
    from staging.exchange_rate
    where rate_on <= $as_of
),

spread as (
    select
        currency,
        rate_to_base,
        unnest(
            generate_series(
                rate_on,
                coalesce(next_on - interval '1 day', $as_of + interval '366 days'),
                interval '1 day'
            )
        ) as day
    from quotation
)

select
    currency,
    cast(day as date) as day,
    rate_to_base
from spread

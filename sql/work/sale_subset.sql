-- One row per subset of (category, channel, region): which of them a level of the sales cube keeps.

select
    column1 as keeps_category,
    column2 as keeps_channel,
    column3 as keeps_region
from (
    values
    (false, false, false),
    (true, false, false),
    (false, true, false),
    (false, false, true),
    (true, true, false),
    (true, false, true),
    (false, true, true),
    (true, true, true)
)

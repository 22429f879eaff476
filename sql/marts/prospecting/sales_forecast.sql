-- One row per series of sales, month of the 12 after the last complete one, and snapshot.

select
    $as_of as as_of,
    series,
    month,
    method,
    mean,
    lower_80,
    upper_80,
    lower_95,
    upper_95
from work.forecast
where kind = 'sale'

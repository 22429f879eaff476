-- One row per series of sales and method, and snapshot.

select
    $as_of as as_of,
    series,
    method,
    mase,
    smape,
    place = 1 as chosen
from work.forecast_accuracy
where kind = 'sale'

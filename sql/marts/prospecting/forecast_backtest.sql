-- One row per series of sales, method and month of the last 12 complete ones, and snapshot.

select
    $as_of as as_of,
    backtest.series,
    backtest.method,
    months.month,
    backtest.actual,
    backtest.mean
from work.forecast_backtest as backtest
inner join work.month as months on backtest.month_no = months.month_no
where backtest.kind = 'sale'
